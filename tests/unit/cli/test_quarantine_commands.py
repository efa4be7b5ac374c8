"""`quarantine release` and `drop`: what they do to files in a home, and what they print."""

import json
from collections.abc import Sequence

import pytest

from streamvision.adapters.lake.folder import FolderLake
from streamvision.adapters.warehouse.duckdb.warehouse import DuckDBWarehouse
from streamvision.bootstrap import Application
from streamvision.domain.contract import Contract
from streamvision.pipeline.extract.derive import declared
from streamvision.pipeline.extract.step import extract
from streamvision.pipeline.load.step import load
from tests.fakes.building import BATCH, LOADED_AT, RUN_ID, Row, column, contract
from tests.fakes.source import InMemorySource
from tests.unit.cli.conftest import CommandLine

STRICT = [contract("people", column("id", "bigint"), column("name", "text"))]
MENDED = [contract("people", column("id", "bigint"), column("name", "text", nullable=True))]
ROWS: list[Row] = [{"id": 1, "name": "Ada"}, {"id": 2, "name": None}, {"id": 3, "name": None}]


@pytest.fixture
def home(streamvision: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return a command line on a home with two rows in quarantine and a contract that was mended since."""
    lake = FolderLake(f"file://{streamvision.home}/lake")
    warehouse = DuckDBWarehouse(f"duckdb://{streamvision.home}/warehouse/streamvision_wh.duckdb")
    extract(InMemorySource({"people": ROWS}), lake, declared(MENDED), BATCH, run_id=RUN_ID)
    load(lake, warehouse, STRICT, until=BATCH, run_id=RUN_ID, loaded_at=lambda: LOADED_AT)
    _use(monkeypatch, MENDED)
    return streamvision


def _use(monkeypatch: pytest.MonkeyPatch, contracts: Sequence[Contract]) -> None:
    monkeypatch.setattr(Application, "contracts", list(contracts))


def test_a_release_prints_what_became_of_the_rows(home: CommandLine) -> None:
    """As JSON for programs; the second time nothing is open, which is no failure."""
    ended = home("quarantine", "release", "people", "--format", "json")
    assert (ended.code, ended.document) == (
        0,
        {
            "decision_id": "2026-03-14_0001",
            "tables": [{"table": "people", "chosen": 2, "loaded": 2, "still_broken": 0}],
        },
    )
    again = home("quarantine", "release", "people", "--format", "json")
    assert (again.code, again.document) == (0, {"decision_id": None, "tables": []})
    assert home("quarantine", "list").out == "No row is in quarantine.\n"
    status = home("status", "--format", "json").document
    assert isinstance(status, dict)
    assert (status["last_run"]["command"], status["last_run"]["outcome"]) == ("quarantine release", "done")


def test_people_are_told_how_to_show_released_rows(home: CommandLine) -> None:
    """A release by itself changes no dashboard."""
    out = home("quarantine", "release").out
    assert "still broken" in out
    assert "`streamvision transform`, then `streamvision publish`" in out


def test_rows_that_break_again_are_told_of(home: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """With where to look for what they break."""
    _use(monkeypatch, STRICT)
    out = home("quarantine", "release").out
    assert "streamvision quarantine list" in out
    assert "transform" not in out


@pytest.mark.parametrize(
    ("options", "which"),
    [
        ((), ""),
        (("people", "--batch", "2026-03-13"), " of people of the batch 2026-03-13"),
        (("--rule", "id_unique"), " that broke id_unique"),
    ],
)
def test_where_nothing_is_chosen_that_is_told(
    home: CommandLine, options: tuple[str, ...], which: str
) -> None:
    """And nothing is written."""
    if not options:
        home("quarantine", "release")
    files = sorted((home.home / "lake").rglob("*"))
    ended = home("quarantine", "drop", *options, "--reason", "none")
    assert (ended.code, ended.out) == (0, f"No open row{which} is in quarantine; nothing was changed.\n")
    assert sorted((home.home / "lake").rglob("*")) == files


def test_dropped_rows_are_listed_with_when_who_and_why(home: CommandLine) -> None:
    """Only where they are asked for."""
    out = home("quarantine", "drop", "people", "--batch", "2026-03-14", "--reason", "a broken form").out
    assert "dropped" in out
    (path,) = (home.home / "lake/quarantine/postgres/_decisions").iterdir()
    decision = json.loads(path.read_text(encoding="utf-8"))
    assert home("quarantine", "show", "people").out == "No row of people is in quarantine.\n"
    for command in (("list",), ("show", "people")):
        for status in ("dropped", "all"):
            shown = home("quarantine", *command, "--status", status).out
            assert "a broken form" in shown
            assert decision["run_id"] in shown
            assert decision["decided_at"][:10] in shown
    document = home("quarantine", "show", "people", "--status", "dropped", "--format", "json").document
    assert isinstance(document, list)
    assert {(row["status"], row["decision"]["reason"]) for row in document} == {("dropped", "a broken form")}
    assert home("quarantine", "list", "--status", "released").out == "No row was released.\n"


def test_an_empty_quarantine_says_so_for_every_status(streamvision: CommandLine) -> None:
    """In a sentence for people."""
    assert streamvision("quarantine", "list", "--status", "all").out == "No row was ever in quarantine.\n"
    assert streamvision("quarantine", "list", "--status", "dropped").out == "No row was dropped.\n"


def test_open_rows_are_listed_among_all(home: CommandLine) -> None:
    """Without a decision."""
    assert "open" in home("quarantine", "list", "--status", "all").out
    document = home("quarantine", "list", "--status", "all", "--format", "json").document
    assert isinstance(document, list)
    assert [(group["rows"], group["status"], group["decision"]) for group in document] == [(2, "open", None)]
