"""The project that is kept, read by others: Microsoft's reader of TMDL, and two reviewers of projects."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from streamvision.adapters.powerbi.sources import SOURCES
from streamvision.assets import asset

PROJECT = asset("dashboards/powerbi")
DEFINITION = PROJECT / "StreamVision.SemanticModel" / "definition"
_TOM = asset("tests/support/tom.py")
# Rules of taste of the reviewer, each with the reason why it is not followed.
_ACCEPTED = {
    "DAX-MEASURE-CATEGORY": "measures are called as the semantic layer calls its metrics, in folders",
    "DAX-VAR-RETURN": "a measure of one expression needs no variables",
    "DAX-COMPLEX-NO-HEADER": "each measure has a description",
    "DAX-SNOWFLAKE": "facts that know the genre alone are filtered by it as titles are",
    "DAX-HIDE-FK-COLUMNS": "the genre of a title and the code of a country are shown",
}

# A measure that is a text has no format.
_TEXTS = {("DAX-FORMAT-STRING", "[Title shown]")}


def _has_tom() -> bool:
    return all(importlib.util.find_spec(name) for name in ("pythonnet", "dnv", "sempy"))


needs_tom = pytest.mark.skipif(
    not _has_tom() and os.environ.get("CI") != "true",
    reason="the group `tom` is not installed: uv sync --group tom",
)


def _read(*arguments: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own files
        [sys.executable, str(_TOM), *map(str, arguments)], capture_output=True, text=True, check=False
    )


def _written() -> dict[str, int]:
    """Count objects in the text of the files."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(DEFINITION.rglob("*.tmdl")))

    def count(pattern: str) -> int:
        return len(re.findall(pattern, text, re.MULTILINE))

    return {
        "level": int(re.findall(r"compatibilityLevel: (\d+)", text)[0]),
        "tables": count(r"^table "),
        "columns": count(r"^\tcolumn "),
        "measures": count(r"^\tmeasure "),
        "hierarchies": count(r"^\thierarchy "),
        "partitions": count(r"^\tpartition "),
        "policies": count(r"^\trefreshPolicy$"),
        "relationships": count(r"^relationship "),
        "roles": count(r"^role "),
        "permissions": count(r"^\ttablePermission "),
        "perspectives": count(r"^perspective "),
        "cultures": count(r"^cultureInfo "),
        "expressions": count(r"^expression "),
    }


@needs_tom
def test_microsofts_reader_finds_every_object_and_writes_it_again(tmp_path: Path) -> None:
    """It takes an empty folder for a model, so that what it found is counted, before and after."""
    found = _read(DEFINITION, tmp_path / "again")
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout) == _written()
    assert _written()["measures"] > 100
    again = _read(tmp_path / "again")
    assert json.loads(again.stdout) == json.loads(found.stdout)


@needs_tom
@pytest.mark.parametrize(
    ("file", "was", "becomes"),
    [
        ("tables/Titles.tmdl", "dataType: string", "dataType: text"),
        ("tables/Titles.tmdl", "summarizeBy: none", "sumarizeBy: none"),
        ("relationships.tmdl", "toColumn: Genres.Genre", "toColumn: Genres.Nothing"),
    ],
)
def test_microsofts_reader_refuses_what_is_wrong(tmp_path: Path, file: str, was: str, becomes: str) -> None:
    """A type, a property and a relationship that do not exist: the check can fail."""
    broken = tmp_path / "definition"
    shutil.copytree(DEFINITION, broken)
    text = (broken / file).read_text(encoding="utf-8")
    assert was in text
    (broken / file).write_text(text.replace(was, becomes, 1), encoding="utf-8")
    assert _read(broken).returncode == 1


def test_the_reviewer_of_dax_finds_nothing_but_matters_of_taste() -> None:
    """It parses every table and measure."""
    command = [sys.executable, "-m", "coop_dax_review", "check", str(PROJECT), "--format", "json"]
    review = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own files
    document = json.loads(review.stdout)
    assert document["models_checked"] == 1
    assert document["diagnostics"] == []
    findings = [each for each in document["findings"] if (each["rule_id"], each["object"]) not in _TEXTS]
    others = [each for each in findings if each["rule_id"] not in _ACCEPTED]
    assert others == []


def test_the_reviewer_of_reports_finds_nothing(tmp_path: Path) -> None:
    """Bookmarks, pages and visuals hang together, and nothing is left over."""
    report = tmp_path / "StreamVision.Report"
    shutil.copytree(PROJECT / "StreamVision.Report", report)
    command = [sys.executable, "-m", "pbir_utils.cli", "validate", str(report), "--strict"]
    options = ["--severity", "warning", "--format", "json"]
    review = subprocess.run([*command, *options], capture_output=True, text=True, check=False)  # noqa: S603
    assert review.returncode == 0, review.stdout + review.stderr


@pytest.mark.parametrize("source", SOURCES)
def test_every_parameter_of_a_source_is_used_by_its_function(source: str) -> None:
    """And the function names no other."""
    chosen = SOURCES[source]
    named = set(re.findall(r"\b(?:Parquet|Snowflake)[A-Z]\w+", chosen.read_table))
    assert named == {parameter.name for parameter in chosen.parameters}
