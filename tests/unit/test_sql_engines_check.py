"""The check that every model is SQL for both engines."""

import shutil
from pathlib import Path

import pytest

from streamvision.assets import asset
from tools.check_sql_engines import duckdb_faults, problems, snowflake_faults

_PROJECT = """
name: streamvision
version: '1.0.0'
profile: streamvision
flags: {send_anonymous_usage_stats: false}
models: {+schema: staging}
"""
_PAIR = """
{% macro day_text(day) %}{{ return(adapter.dispatch('day_text', 'streamvision')(day)) }}{% endmacro %}
{% macro duckdb__day_text(day) %}strftime({{ day }}, '%Y'){% endmacro %}
{% macro snowflake__day_text(day) %}to_char({{ day }}, 'YYYY'){% endmacro %}
"""
_GOES_ON = """
{% if load_relation(this) is not none %} with before as (select * from {{ this }}) {% endif %}
{{ config(
    materialized='incremental', pre_hook="{% if is_incremental() %}delete from {{ this }}{% endif %}"
) }}
select {{ day_text('current_date') }} as year_text
{% if is_incremental() %} where true {% endif %}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a project of one model, one pair of macros and one test, in which nothing is wrong."""
    folder = tmp_path / "project"
    write(folder, "dbt_project.yml", _PROJECT)
    write(folder, "macros/portable/day_text.sql", _PAIR)
    write(folder, "models/years.sql", _GOES_ON)
    write(folder, "tests/years_are_told.sql", "select * from {{ ref('years') }} where year_text is null")
    shutil.copy(asset("warehouse") / "profiles.yml", folder)
    return folder


def write(project: Path, name: str, text: str) -> None:
    """Write a file of the project."""
    path = project / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_project_for_both_engines_has_no_problem(project: Path, tmp_path: Path) -> None:
    """The model and the test are looked at four times each, and no database is asked for."""
    counts: list[int] = []
    assert list(problems(project, tmp_path / "work", counts.append)) == []
    assert counts == [2, 2, 2, 2]


def test_what_one_engine_or_one_branch_alone_gets_wrong_is_named(project: Path, tmp_path: Path) -> None:
    """A function of DuckDB's, a slip where a table goes on, and one in its hook, each with its file."""
    write(project, "tests/years_are_told.sql", "select strftime(year_text, '%Y') from {{ ref('years') }}")
    slip = _GOES_ON.replace("where true", "where where").replace("delete from", "delete delete from")
    write(project, "models/years.sql", slip)
    write(project, "macros/portable/idle.sql", "{% macro idle() %}1{% endmacro %}")
    found = [line[:90] for line in problems(project, tmp_path / "work")]
    told = [
        (engine, name, branch)
        for line in found
        for engine in ("duckdb", "snowflake")
        for name in ("models/years.sql: years", "tests/years_are_told.sql: years_are_told")
        for branch in ("as a whole", "as it goes on")
        if line.startswith(f"{name} {branch} on {engine}: ")
    ]
    assert sorted(told) == [
        ("duckdb", "models/years.sql: years", "as it goes on"),
        ("snowflake", "models/years.sql: years", "as it goes on"),
        ("snowflake", "tests/years_are_told.sql: years_are_told", "as a whole"),
        ("snowflake", "tests/years_are_told.sql: years_are_told", "as it goes on"),
    ]
    assert found.count("macros/portable/idle.sql: nothing uses idle") == 2
    assert len(found) == 6


def test_a_macro_that_one_engine_lacks_is_named_with_its_model(project: Path, tmp_path: Path) -> None:
    """Half a pair of macros is no pair."""
    write(project, "macros/portable/day_text.sql", _PAIR.rpartition("{% macro snow")[0])
    (line,) = problems(project, tmp_path / "work")
    assert line.startswith("on snowflake: ")
    assert "day_text" in line
    assert line.endswith("macros/portable/day_text.sql, models/years.sql.")


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("select to_minutes(2)", "no function to_minutes is known"),
        ("select isodow(current_date)", "the function isodow has another name"),
        ("select a from", ""),
        ("call something()", "no grammar for CALL"),
        ("select a from b where (a, c) in (select d, e from f)", None),
        ("select count_if(a), try_cast(b as date) from c qualify row_number() over (order by a) = 1", None),
    ],
)
def test_what_snowflake_would_not_know_is_told(sql: str, fault: str | None) -> None:
    """Functions that it does not have, and what is no sentence of its grammar."""
    found = list(snowflake_faults(sql))
    assert found == [] if fault is None else (found and fault in found[0])


def test_duckdb_reads_its_own_sql() -> None:
    """By its own grammar, without a table."""
    assert list(duckdb_faults("from a select isodow(b)")) == []
    assert list(duckdb_faults("select a from from"))
