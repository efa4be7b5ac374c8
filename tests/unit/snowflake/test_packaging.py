"""The folder with which Snowflake runs the dashboards."""

import ast
import re
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

from streamvision.adapters.warehouse.snowflake.address import Address
from streamvision.bootstrap.packaging import package_dashboards
from streamvision.domain.errors import WrongUseError
from streamvision.settings import load_profile

URL = "snowflake://somebody@myorg-account/FIGURES?report_role=readers"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give the folder for a profile whose warehouse is in Snowflake."""
    environment = {"STREAMVISION_WAREHOUSE": URL, "SNOWFLAKE_PASSWORD": "hunter2"}
    package_dashboards(load_profile(None, environment, tmp_path), tmp_path / "app")
    return tmp_path / "app"


def test_the_folder_is_what_its_description_says(folder: Path) -> None:
    """With the names of the profile, and nothing beside it but the description itself."""
    described = yaml.safe_load((folder / "snowflake.yml").read_text(encoding="utf-8"))["entities"][
        "streamvision"
    ]
    assert described["identifier"]["database"] == "FIGURES"
    assert described["query_warehouse"] == "REPORTING_WH"
    assert {path.name for path in folder.iterdir()} == {*described["artifacts"], "snowflake.yml"}
    assert (folder / described["main_file"]).is_file()


def test_the_app_connects_with_snowflakes_own_token(folder: Path) -> None:
    """As the role that reports; the profile's password and user stay where they are."""
    app = (folder / "streamlit_app.py").read_text(encoding="utf-8")
    ast.parse(app)
    [url] = re.findall(r'address = f"(.*)"', app)
    token = {"SNOWFLAKE_TOKEN_FILE": "/snowflake/session/token"}
    address = Address.of(url.replace("{account}", "myorg-account"), token)
    assert (address.database, address.role("report")) == ("FIGURES", "READERS")
    assert address.secrets == {"authenticator": "oauth", "token_file_path": "/snowflake/session/token"}
    texts = [
        path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.suffix in {".py", ".yml", ".txt"}
    ]
    assert not [text for text in texts if "hunter2" in text or "somebody@" in text]


def test_packages_come_in_the_versions_in_use(folder: Path) -> None:
    """Each fixed, so that the app of tomorrow is that of today."""
    lines = (folder / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert f"streamlit=={version('streamlit')}" in lines
    assert all(re.fullmatch(r"[a-z-]+==[\w.]+", line) for line in lines)


def test_a_warehouse_elsewhere_is_wrong_use(tmp_path: Path) -> None:
    """There is nothing in Snowflake to show."""
    with pytest.raises(WrongUseError, match="not in Snowflake"):
        package_dashboards(load_profile(None, {}, tmp_path), tmp_path / "app")
    assert not (tmp_path / "app").exists()


def test_files_of_others_stay(folder: Path, tmp_path: Path) -> None:
    """A folder that holds something is refused."""
    profile = load_profile(None, {"STREAMVISION_WAREHOUSE": URL}, tmp_path)
    with pytest.raises(WrongUseError, match="Something is in"):
        package_dashboards(profile, folder)
