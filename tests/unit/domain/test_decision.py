"""Decisions on rows in quarantine vouch for themselves."""

import json
from datetime import UTC, datetime

import pytest

from streamvision.domain.decision import (
    ChosenRows,
    Decision,
    batch_of_decision,
    id_from_key,
    key_of_decision,
    next_id,
    parse_decision,
)
from streamvision.domain.errors import ManifestError
from streamvision.domain.manifest import digest

DECISION = Decision(
    decision_id="2026-03-14_0002",
    action="drop",
    reason="test data",
    run_id="r-1",
    decided_at=datetime(2026, 3, 15, 6, 0, 0, 7, tzinfo=UTC),
    after_batch="2026-03-14",
    source_id="postgres-1-2",
    rows=(ChosenRows("users", "2026-03-13", "raw/users.parquet", ((0, 3), (7, 7))),),
)


def _changed(**fields: object) -> bytes:
    """Return the decision with other fields and the checksum that they should have."""
    document = json.loads(DECISION.to_json()) | fields
    document.pop("sha256")
    text = (json.dumps(document, indent=2, sort_keys=True) + "\n").encode()
    return json.dumps(document | {"sha256": digest(text)}).encode()


def test_a_decision_comes_back_as_it_was_written() -> None:
    """To the microsecond, with its rows, which it counts."""
    assert parse_decision(DECISION.to_json(), DECISION.key) == DECISION
    assert DECISION.key == "quarantine/postgres/_decisions/2026-03-14_0002.json"
    assert DECISION.rows[0].count == 5


def test_ids_count_the_decisions_after_a_batch() -> None:
    """Those after other batches do not count."""
    assert next_id([], "2026-03-14") == "2026-03-14_0001"
    assert next_id(["2026-03-14_0009", "2026-03-15_0031"], "2026-03-14") == "2026-03-14_0010"
    assert batch_of_decision("2026-03-14_0010") == "2026-03-14"


@pytest.mark.parametrize(
    "name", ["2026-03-14.json", "2026-03-14_0001.json.tmp", "notes.json", "a/b_0001.json"]
)
def test_other_files_are_no_decisions(name: str) -> None:
    """They are left alone."""
    assert id_from_key(f"quarantine/postgres/_decisions/{name}") is None
    assert id_from_key(key_of_decision("2026-03-14_0001")) == "2026-03-14_0001"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        DECISION.to_json()[:-30],
        DECISION.to_json().replace(b"test data", b"best data"),
        DECISION.to_json().replace(b'"version": 1', b'"version": 2'),
        _changed(action="forget"),
        _changed(rows=[{"table": "users"}]),
        _changed(decided_at="yesterday"),
        _changed(after_batch="2026-03-15"),
        _changed(decision_id="2026-03-14_0003"),
    ],
)
def test_a_damaged_decision_is_refused(content: bytes) -> None:
    """The error names the file and says that nothing was done."""
    with pytest.raises(ManifestError) as found:
        parse_decision(content, DECISION.key)
    assert found.value.where == DECISION.key
    assert "stay as they were" in found.value.safe
