"""Writes the folder from which Snowflake runs the dashboards beside the data."""

import shutil
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import streamvision
from streamvision.assets import asset
from streamvision.domain.errors import WrongUseError

REQUIRED = (
    "altair",
    "numpy",
    "pandas",
    "pyarrow",
    "pyyaml",
    "snowflake-connector-python",
    "streamlit",
    "vl-convert-python",
)
"""What the dashboards need where they run; each in the version that is used here."""

_ASSETS = ("contracts", "warehouse/models/marts/metrics")
_APP = "streamlit_app.py"
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", "_assets", "airflow", "cli", ".streamlit")


def write_package(warehouse: str, folder: Path) -> list[Path]:
    """Write the folder, and return its files.

    Args:
        warehouse: the URL of the warehouse, of which no secret is written.
        folder: a new or empty one.

    Raises:
        WrongUseError: when something is in the folder.

    """
    url = urlsplit(warehouse)
    if folder.exists() and any(folder.iterdir()):
        raise WrongUseError(
            f"Something is in {folder}", where="--to", safe="it stays", next_command="name a new folder"
        )
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(asset("dashboards/web"), folder, ignore=_LEFT_OUT, dirs_exist_ok=True)
    (folder / "streamvision_app.py").write_bytes((folder / "app.py").read_bytes())
    (folder / "app.py").unlink()
    package = folder / "streamvision"
    shutil.copytree(Path(streamvision.__file__).parent, package, ignore=_LEFT_OUT)
    for name in _ASSETS:
        shutil.copytree(asset(name), package / "_assets" / name, ignore=_LEFT_OUT)
    options = {"report_role": "REPORTER", "report_warehouse": "REPORTING_WH", **dict(parse_qsl(url.query))}
    database = url.path.strip("/").upper()
    for name, text in _own_files(database, options).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _own_files(database: str, options: Mapping[str, str]) -> dict[str, str]:
    role, warehouse = options["report_role"].upper(), options["report_warehouse"].upper()
    return {
        _APP: _app(database, role, warehouse),
        "snowflake.yml": _definition(database, warehouse),
        ".streamlit/config.toml": _themes(),
        "requirements.txt": "".join(f"{name}=={version(name)}\n" for name in REQUIRED),
    }


def _themes() -> str:
    """Return the part of the settings that is about looks; how to listen is Snowflake's own affair."""
    settings = (asset("dashboards/web") / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    return settings[settings.index("[theme]") :]


def _app(database: str, role: str, warehouse: str) -> str:
    query = f"report_role={role}&report_warehouse={warehouse}"
    return f'''"""Runs the dashboards inside Snowflake, which says where it is and who asks."""

import os
import runpy
import tempfile
from pathlib import Path

# Snowflake sets the account and the host, and keeps a token in a file that it writes anew.
os.environ.setdefault("SNOWFLAKE_TOKEN_FILE", "/snowflake/session/token")
account = os.environ.get("SNOWFLAKE_ACCOUNT", "account").lower()
address = f"snowflake://owner@{{account}}/{database}?{query}"
os.environ["STREAMVISION_WAREHOUSE"] = address
os.environ["STREAMVISION_HOME"] = str(Path(tempfile.gettempdir()) / "streamvision")
os.environ["STREAMVISION_IN_SNOWFLAKE"] = "1"

runpy.run_path(str(Path(__file__).with_name("streamvision_app.py")), run_name="streamvision_app")
'''


def _definition(database: str, warehouse: str) -> str:
    artifacts = [
        ".streamlit",
        _APP,
        "streamvision_app.py",
        "requirements.txt",
        "assets",
        "streamvision",
        "streamvision_web",
    ]
    listed = "".join(f"      - {name}\n" for name in artifacts)
    return f"""# `snow streamlit deploy` reads this; names of your account may be changed here.
definition_version: 2
entities:
  streamvision:
    type: streamlit
    identifier:
      name: STREAMVISION
      database: {database}
      schema: MARTS
    title: StreamVision
    main_file: {_APP}
    query_warehouse: {warehouse}
    runtime_name: SYSTEM$ST_CONTAINER_RUNTIME_PY3_11
    compute_pool: STREAMVISION_POOL
    external_access_integrations:
      - PYPI_ACCESS_INTEGRATION
    artifacts:
{listed}"""
