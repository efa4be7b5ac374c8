"""The check that nothing asks which engine it runs on."""

from pathlib import Path

import pytest

from tools.check_engines import problems


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Make a tree in which engines are named only where they may be."""
    write(tmp_path, "src/streamvision/adapters/warehouse/x.py", "if engine == 'duckdb':\n    pass\n")
    write(tmp_path, "src/streamvision/bootstrap/choices.py", "adapters = {'duckdb': int, 'snowflake': str}\n")
    write(tmp_path, "src/streamvision/settings.py", "warehouse = url('duckdb', 'streamvision.duckdb')\n")
    write(tmp_path, "warehouse/profiles.yml", "target: duckdb\n")
    write(tmp_path, "warehouse/macros/portable/x.sql", "{% macro snowflake__x() %}{% endmacro %}\n")
    write(tmp_path, "warehouse/models/core/a.sql", "select 1 as one -- as on Snowflake\n{# not duckdb #}\n")
    return tmp_path


def write(tree: Path, name: str, text: str) -> None:
    """Write a file of the tree."""
    path = tree / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_adapters_wiring_and_portable_macros_may_name_engines(tree: Path) -> None:
    """So may a URL that is the default, a comment, and dbt's profile."""
    assert list(problems(tree)) == []


@pytest.mark.parametrize(
    "line",
    [
        "x = scheme == 'duckdb'",
        "x = 'snowflake' in url",
        "x = scheme in {'duckdb', 'file'}",
        "x = url.startswith('snowflake://')",
        "x = {'duckdb': 1}[scheme]",
        "FAST = ('duckdb',)",
        "match scheme:\n    case 'snowflake':\n        pass",
    ],
)
def test_a_question_for_an_engine_in_python_is_found(tree: Path, line: str) -> None:
    """Whichever way it is put."""
    write(tree, "src/streamvision/pipeline/x.py", f"import os\n{line}\n")
    (found,) = {problem.rsplit(":", 1)[0].rsplit(":", 1)[0] for problem in problems(tree)}
    assert found == "src/streamvision/pipeline/x.py"


def test_the_wiring_compares_no_names_either(tree: Path) -> None:
    """It lists each engine with its adapter, and looks one up."""
    write(tree, "src/streamvision/bootstrap/choices.py", "x = 1 if scheme == 'duckdb' else 2\n")
    assert list(problems(tree)) == ["src/streamvision/bootstrap/choices.py:1: asks for an engine by its name"]


@pytest.mark.parametrize(
    "text",
    [
        "{% if target.type == 'x' %}{% endif %}",
        "{{ adapter.type() }}",
        "{% macro duckdb__y() %}{% endmacro %}",
        "select 'Snowflake' as engine",
    ],
)
def test_a_question_for_an_engine_in_a_model_is_found(tree: Path, text: str) -> None:
    """The line says what to write instead."""
    write(tree, "warehouse/models/core/a.sql", text)
    (problem,) = problems(tree)
    assert problem.startswith("warehouse/models/core/a.sql: has ")
    assert problem.endswith("write a pair of macros in macros/portable")
