"""The files that are not Python are found in a checkout, and packed into the wheel."""

import re
import tomllib
from pathlib import Path

from streamvision.assets import asset

ROOT = Path(__file__).resolve().parents[2]


def _asked_for() -> set[str]:
    sources = (ROOT / "src").rglob("*.py")
    return {name for path in sources for name in re.findall(r"\basset\(\"([^\"]+)\"\)", path.read_text())}


def test_every_asset_that_the_code_asks_for_is_there() -> None:
    """In a checkout they lie beside src."""
    names = _asked_for()
    assert names >= {"contracts", "warehouse", "source/migrations", "dashboards/web"}
    assert [name for name in names if not asset(name).is_dir()] == []


def test_every_asset_is_packed_into_the_wheel_where_it_is_looked_for() -> None:
    """An installed wheel has no checkout beside it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packed = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert {name: packed.get(name) for name in _asked_for()} == {
        name: f"streamvision/_assets/{name}" for name in _asked_for()
    }
