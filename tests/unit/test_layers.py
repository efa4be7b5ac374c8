"""The check of the dbt project's layers and descriptions."""

from pathlib import Path

import pytest

from tools.check_layers import MAY_READ, problems

DESCRIBED = """
models:
  - name: {name}
    description: "What it holds. Grain: one row per thing."
    columns:
      - name: thing_id
        description: Key of the thing.
"""
READ_FROM_LAYER = {
    "sources": "source('app', 'things')",
    "seeds": "ref('a_seed')",
    "staging": "ref('stg_things')",
    "intermediate": "ref('int_things')",
    "core": "ref('dim_things')",
    "changes": "ref('chg_things')",
    "aggregates": "ref('agg_things')",
    "marts": "ref('things')",
}
MODELS = {
    "staging": ("stg_things", "sources"),
    "intermediate": ("int_things", "staging"),
    "core": ("dim_things", "intermediate"),
    "changes": ("chg_things", "core"),
    "aggregates": ("agg_things", "changes"),
    "marts": ("things", "core"),
}


def write_model(project: Path, layer: str, name: str, sql: str) -> Path:
    """Write a model that is well described."""
    path = project / "models" / layer / f"{name}.sql"
    path.write_text(sql, encoding="utf-8")
    path.with_suffix(".yml").write_text(DESCRIBED.format(name=name), encoding="utf-8")
    return path


def reading(layer: str) -> str:
    """Return a query on something of a layer."""
    return "select * from {{ " + READ_FROM_LAYER[layer] + " }}\n"  # noqa: S608 - text of a file, never run


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a project with one model per layer, in which nothing is wrong."""
    for folder in ("seeds", "macros", *(f"models/{layer}" for layer in MODELS)):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "seeds" / "a_seed.csv").write_text("thing_id\n1\n", encoding="utf-8")
    for layer, (name, below) in MODELS.items():
        write_model(tmp_path, layer, name, reading(below))
    return tmp_path


def test_a_project_in_order_has_no_problems(project: Path) -> None:
    """Each layer reads the one below, and all is described."""
    assert list(problems(project)) == []


def test_the_projects_own_models_are_in_order() -> None:
    """The warehouse that ships keeps to its own rules."""
    assert list(problems(Path(__file__).resolve().parents[2] / "warehouse")) == []


@pytest.mark.parametrize("layer", MODELS)
@pytest.mark.parametrize("other", READ_FROM_LAYER)
def test_a_layer_reads_what_it_may_and_nothing_else(project: Path, layer: str, other: str) -> None:
    """A model that reads any other layer, its own or a source is reported."""
    write_model(project, layer, "another_model", reading(other))
    found = list(problems(project))
    if other in MAY_READ[layer]:
        assert found == []
    else:
        assert len(found) == 1
        assert found[0].startswith(f"models/{layer}/another_model.sql: {layer} may not read")


def test_what_a_macro_reads_its_caller_reads(project: Path) -> None:
    """A source that hides in a macro, or in a macro that this one calls, is found."""
    (project / "macros" / "hidden.sql").write_text(
        "{% macro inner() %}{{ source('ops', 'batches') }}{% endmacro %}\n"
        "{% macro outer() -%}{{ inner() }}{%- endmacro %}\n",
        encoding="utf-8",
    )
    write_model(project, "marts", "things", "select {{ outer() }} from {{ ref('dim_things') }}\n")
    assert list(problems(project)) == ["models/marts/things.sql: marts may not read the source ops.batches"]


def test_what_a_dispatched_macro_reads_is_found(project: Path) -> None:
    """A macro that only dispatches reads what its adapters' versions read."""
    (project / "macros" / "portable.sql").write_text(
        "{% macro latest() %}{{ return(adapter.dispatch('latest', 'streamvision')()) }}{% endmacro %}\n"
        "{% macro duckdb__latest() %}{{ ref('stg_things') }}{% endmacro %}\n",
        encoding="utf-8",
    )
    write_model(project, "marts", "things", "select * from {{ latest() }}\n")
    assert list(problems(project)) == ["models/marts/things.sql: marts may not read stg_things of staging"]


@pytest.mark.parametrize("relation", ["raw.users", "STAGING.stg_things"])
def test_a_relation_written_out_is_reported(project: Path, relation: str) -> None:
    """A name that goes round ref() is invisible to dbt, and no way round the layers."""
    write_model(project, "core", "dim_things", f"with all_of as (from {relation})\n")
    assert list(problems(project)) == [
        f"models/core/dim_things.sql: reads {relation} by its name: write ref() or source()"
    ]


@pytest.mark.parametrize("comment", ["-- from raw.users, {{ ref('things') }}", "{# {{ ref('gone') }} #}"])
def test_comments_read_nothing(project: Path, comment: str) -> None:
    """A name in a comment is no dependency."""
    write_model(project, "core", "dim_things", f"{comment}\n{reading('staging')}")
    assert list(problems(project)) == []


def test_a_model_that_does_not_exist_cannot_be_read(project: Path) -> None:
    """A slip of the pen in ref() is reported without dbt."""
    write_model(project, "marts", "things", "select * from {{ ref('dim_thinsg') }}\n")
    assert list(problems(project)) == ["models/marts/things.sql: reads dim_thinsg, which does not exist"]


def test_a_folder_that_is_no_layer_is_reported(project: Path) -> None:
    """A model outside of the layers would escape every rule."""
    (project / "models" / "extras").mkdir()
    write_model(project, "extras", "more", "select 1 as thing_id\n")
    assert [found.partition(", ")[0] for found in problems(project)] == [
        "models/extras/more.sql: extras is no layer: staging"
    ]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (None, "has no things.yml beside it"),
        ("", "is not described in things.yml"),
        (DESCRIBED.format(name="thingz"), "is not described in things.yml"),
        (
            DESCRIBED.format(name="things").replace("Grain: one", "One"),
            "has no description that ends with its grain",
        ),
        (
            DESCRIBED.format(name="things").replace("Key of the thing.", "' '"),
            "has no description of thing_id",
        ),
        (
            DESCRIBED.format(name="things").partition("    columns")[0],
            "has no columns described",
        ),
    ],
)
def test_a_model_is_described_with_its_grain_and_columns(project: Path, text: str | None, wrong: str) -> None:
    """What is missing from the file beside a model is reported, or that the file is missing."""
    path = project / "models" / "marts" / "things.yml"
    if text is None:
        path.unlink()
    else:
        path.write_text(text, encoding="utf-8")
    assert list(problems(project)) == [f"models/marts/things.sql: {wrong}"]
