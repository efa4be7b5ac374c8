"""What tells whether models were built by the same text."""

from pathlib import Path

import pytest

from streamvision.adapters.transformer.dbt import DbtTransformer


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project of one model and one seed."""
    folder = tmp_path / "warehouse"
    (folder / "models").mkdir(parents=True)
    (folder / "models" / "things.sql").write_text("select 1 as thing_id", encoding="utf-8")
    (folder / "models" / "things.yml").write_text("models: []", encoding="utf-8")
    (folder / "things.csv").write_text("thing_id\n1\n", encoding="utf-8")
    return folder


def _digest(project: Path) -> str:
    return DbtTransformer(project, project.parent / "work").digest()


@pytest.mark.parametrize("name", ["models/things.sql", "models/things.yml", "things.csv", "models/new.sql"])
def test_another_text_has_another_digest(project: Path, name: str) -> None:
    """Of a model, of its contract, of a seed; and so has one more file."""
    before = _digest(project)
    (project / name).write_text("another text", encoding="utf-8")
    assert _digest(project) != before


def test_the_same_text_under_another_name_has_another_digest(project: Path) -> None:
    """A model's name is its table's."""
    before = _digest(project)
    (project / "models" / "things.sql").rename(project / "models" / "others.sql")
    assert _digest(project) != before


def test_what_dbt_leaves_behind_makes_no_difference(project: Path) -> None:
    """Nor does where the project lies."""
    before = _digest(project)
    (project / "dbt.log").write_text("12:00:00 Running", encoding="utf-8")
    moved = project.rename(project.parent / "elsewhere")
    assert _digest(moved) == before
