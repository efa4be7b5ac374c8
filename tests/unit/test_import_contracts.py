"""The import contracts keep up with the dependencies."""

import re
import tomllib
from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Where the name that is imported is not the name that is installed.
IMPORTED_AS = {
    "dbt_core": "dbt",
    "dbt_duckdb": "dbt",
    "pyyaml": "yaml",
    "vl_convert_python": "vl_convert",
}
DATA_LANGUAGE = {"numpy", "pyarrow"}


def forbidden(contract: str) -> set[str]:
    """Return the modules that a contract of .importlinter forbids."""
    parser = ConfigParser()
    parser.read(ROOT / ".importlinter", encoding="utf-8")
    return set(parser[f"importlinter:contract:{contract}"]["forbidden_modules"].split())


def dependencies() -> set[str]:
    """Return the modules that the project's dependencies bring to be imported."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [re.split(r"[\[<>=~! ]", text)[0].replace("-", "_").lower() for text in project["dependencies"]]
    return {IMPORTED_AS.get(name, name) for name in names}


def test_the_domain_may_import_no_dependency() -> None:
    """A dependency that is added must be forbidden to the domain too."""
    assert dependencies() <= forbidden("domain")


def test_steps_and_ports_may_import_only_the_language_of_data() -> None:
    """A dependency that is added must be forbidden to steps and ports too."""
    assert dependencies() - DATA_LANGUAGE <= forbidden("vendors")
