"""Check that every model, snapshot and test is SQL for DuckDB and for Snowflake, with no database of either.

dbt fills in the templates for one engine after the other, twice each: as for a table that is made anew, and
as for one that goes on with the rows that it has. What a model's hooks say is looked at with the model.
DuckDB's own parser reads the SQL for DuckDB. That for Snowflake goes through sqlglot, and a function that
sqlglot does not know there is named: most likely DuckDB alone has it.
"""

import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import duckdb
import sqlglot
from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import ManifestNode
from sqlglot import TokenType, exp
from sqlglot.dialects import Snowflake
from sqlglot.errors import SqlglotError

_ANSWERS = {
    "as a whole": {
        "is_incremental()": "false",
        "load_relation(relation)": "none",
    },
    "as it goes on": {
        "is_incremental()": "execute and model.config.materialized == 'incremental'",
        "load_relation(relation)": "relation",
    },
}
"""What dbt would ask the database for: whether there is a table already."""
_WORDS = {TokenType.IN, TokenType.AND, TokenType.OR, TokenType.NOT, TokenType.ON, TokenType.ALIAS}
"""What may stand before a bracket and is no function."""
_PORTABLE = "macros/portable/"
_WINDOWS = {
    "as a whole": {"STREAMVISION_DBT_CHANGED_FROM": "", "STREAMVISION_DBT_CHANGED_BEFORE": ""},
    "as it goes on": {
        "STREAMVISION_DBT_CHANGED_FROM": "2026-03-01",
        "STREAMVISION_DBT_CHANGED_BEFORE": "2026-03-02",
    },
}
# The SQL of unit tests needs the types of tables that are there: the tests of a build try it.
_LEFT_OUT = ("--exclude", "resource_type:unit_test")


class CompileError(Exception):
    """Say why dbt cannot fill in the templates; its message names the model."""


@dataclass(frozen=True)
class Engine:
    """Say how one engine's SQL is made and parsed.

    Attributes:
        target: the output of dbt's profile.
        variables: what the profile needs to know; nothing is ever connected to.
        faults: yields what is wrong in a text of SQL.

    """

    target: str
    variables: Mapping[str, str]
    faults: Callable[[str], Iterator[str]]


def duckdb_faults(sql: str) -> Iterator[str]:
    """Yield why DuckDB cannot parse a text."""
    try:
        duckdb.extract_statements(sql)
    except duckdb.Error as error:
        yield _one_line(error)


def snowflake_faults(sql: str) -> Iterator[str]:
    """Yield why a text is not Snowflake's SQL, as far as sqlglot knows it."""
    try:
        statements = [each for each in sqlglot.parse(sql, read="snowflake") if each is not None]
    except SqlglotError as error:
        yield _one_line(error)
        return
    for statement in statements:
        if isinstance(statement, exp.Command):
            yield f"no grammar for {statement.this}"
        unknown = {each.name.lower() for each in statement.find_all(exp.Anonymous)}
        yield from (f"no function {name} is known" for name in sorted(unknown))
    # sqlglot takes some functions of other engines too, and writes them with Snowflake's names.
    written = ";".join(each.sql(dialect="snowflake") for each in statements)
    others = _functions(sql) - _functions(written)
    yield from (f"the function {name} has another name" for name in sorted(others))


def _functions(sql: str) -> set[str]:
    """Return the names that stand before a bracket."""
    tokens = Snowflake().tokenize(sql)
    return {
        token.text.lower()
        for token, after in pairwise(tokens)
        if after.token_type is TokenType.L_PAREN
        and token.text.isidentifier()
        and token.token_type not in _WORDS
    }


ENGINES = (
    Engine(
        "duckdb",
        {
            "STREAMVISION_DBT_DUCKDB_PATH": ":memory:",
            "STREAMVISION_DBT_RAW_PATH": ":memory:",
            "STREAMVISION_DBT_SOURCE_DATABASE": "streamvision_raw",
        },
        duckdb_faults,
    ),
    Engine(
        "snowflake",
        {
            "STREAMVISION_DBT_SNOWFLAKE_ACCOUNT": "none",
            "STREAMVISION_DBT_SNOWFLAKE_HOST": "127.0.0.1",
            "STREAMVISION_DBT_SNOWFLAKE_USER": "nobody",
            "STREAMVISION_DBT_SOURCE_DATABASE": "STREAMVISION_WH",
        },
        snowflake_faults,
    ),
)


def problems(project: Path, work: Path, counted: Callable[[int], object] = bool) -> Iterator[str]:
    """Yield one line of text for each thing that is wrong in a dbt project.

    Args:
        project: the folder of the project, with its profile.
        work: where dbt may write.
        counted: hears how many texts were looked at, engine by engine and branch by branch.

    """
    for engine in ENGINES:
        try:
            manifest = _parse(project, work / engine.target, engine)
            yield from _untried(manifest)
            for branch in _ANSWERS:
                texts = _compiled(manifest, project, work / engine.target, engine, branch)
                counted(len(texts))
                for path, name, sql in texts:
                    told = f"{path}: {name} {branch} on {engine.target}"
                    yield from (f"{told}: {fault}" for fault in engine.faults(sql))
        except CompileError as error:
            yield f"on {engine.target}: {error}{_callers(project, str(error))}"


def _callers(project: Path, error: str) -> str:
    """Name the files that call a macro of which one engine's half is missing: dbt names the macro alone."""
    missing = re.search(r"No macro named '(\w+)'", error)
    if missing is None:
        return ""
    calls = [
        path.relative_to(project).as_posix()
        for path in sorted(project.rglob("*.sql"))
        if re.search(rf"\b{missing[1]}\(", path.read_text(encoding="utf-8"))
    ]
    return f" It is called in {', '.join(calls)}."


def _parse(project: Path, work: Path, engine: Engine) -> Manifest:
    with _environment({**engine.variables, **_WINDOWS["as a whole"]}):
        outcome = _invoke(project, work, engine, None, "parse")
    assert isinstance(outcome.result, Manifest)  # noqa: S101 - of a success it is
    for node in outcome.result.nodes.values():
        node.raw_code = _with_hooks(node)
    return outcome.result


def _untried(manifest: Manifest) -> Iterator[str]:
    """Yield the portable macros that nothing uses, so that nothing would tell whether they work."""
    used = {name for node in manifest.nodes.values() for name in node.depends_on.macros}
    used |= {name for macro in manifest.macros.values() for name in macro.depends_on.macros}
    for key, macro in manifest.macros.items():
        if macro.original_file_path.startswith(_PORTABLE) and "__" not in macro.name and key not in used:
            yield f"{macro.original_file_path}: nothing uses {macro.name}"


def _with_hooks(node: ManifestNode) -> str:
    """Put what is said before and after a model into its own text."""
    config = node.config
    before = [hook.sql for hook in getattr(config, "pre_hook", ())]
    after = [hook.sql for hook in getattr(config, "post_hook", ())]
    return "\n;\n".join([*before, node.raw_code, *after])


def _compiled(
    manifest: Manifest, project: Path, work: Path, engine: Engine, branch: str
) -> list[tuple[str, str, str]]:
    """Return path, name and SQL of all that has any, with its templates filled in."""
    for macro, answer in _ANSWERS[branch].items():
        text = f"{{% macro {macro} %}}{{{{ return({answer}) }}}}{{% endmacro %}}"
        manifest.macros[f"macro.dbt.{macro.partition('(')[0]}"].macro_sql = text
    with _environment({**engine.variables, **_WINDOWS[branch]}):
        options = ("--no-introspect", "--no-populate-cache", *_LEFT_OUT)
        outcome = _invoke(project, work, engine, manifest, "compile", *options)
    assert isinstance(outcome.result, RunExecutionResult)  # noqa: S101 - of a success it is
    return [
        (result.node.original_file_path, result.node.name, sql)
        for result in outcome.result.results
        if (sql := getattr(result.node, "compiled_code", None))
    ]


def _invoke(
    project: Path, work: Path, engine: Engine, manifest: Manifest | None, command: str, *options: str
) -> dbtRunnerResult:
    outcome = dbtRunner(manifest=manifest).invoke([
        "--log-level", "none",
        "--log-level-file", "none",
        "--log-path", str(work / "logs"),
        command,
        "--project-dir", str(project),
        "--profiles-dir", str(project),
        "--target-path", str(work / "target"),
        "--target", engine.target,
        *options,
    ])  # fmt: skip
    if not outcome.success:
        raise CompileError(_one_line(outcome.exception or _failures(outcome)))
    return outcome


def _failures(outcome: dbtRunnerResult) -> str:
    results = outcome.result.results if isinstance(outcome.result, RunExecutionResult) else ()
    return "; ".join(f"{each.node.name}: {each.message}" for each in results if each.message)


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _one_line(error: object) -> str:
    return " ".join(str(error).split())


def main() -> int:
    """Print what is wrong; return 1 where anything is."""
    project = Path(__file__).resolve().parent.parent / "warehouse"
    counts: list[int] = []
    # Where dbt stops at an error, some of its threads still write.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        found = list(problems(project, Path(folder), counts.append))
    well = f"{max(counts)} models and tests are SQL for {' and '.join(each.target for each in ENGINES)}."
    print("\n".join(found) if found else well)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
