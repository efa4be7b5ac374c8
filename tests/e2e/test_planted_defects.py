"""Faults that the simulator has planted are found in quarantine, each by its rule."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.support.cli import Home


def test_the_quarantine_holds_what_was_planted_and_what_refers_to_it(
    empty_source: str, new_home: Callable[[str], Home]
) -> None:
    """Every fault that a contract sees is there by its rule; all else there only refers to such rows."""
    home = new_home(empty_source)
    # Up to yesterday: a clock that is a year ahead is seen only where that is still to come.
    options = ("--preset", "small", "--defects", "0.03", "--format", "json")
    listed = Path(home.run("simulate", *options).document["defects"])
    planted = [json.loads(line) for line in listed.read_text(encoding="utf-8").splitlines()]
    home.run("extract")
    home.run("load")
    found = {
        (row["table_name"], int(json.loads(row["row_values"])["id"])): row["rule"]
        for row in home.warehouse_tables("quarantine")["rows"]
    }
    seen = {(each["table"], each["id"]): each["rule"] for each in planted if each["rule"]}
    assert len(seen) > 80
    assert {key: found.get(key) for key in seen} == seen
    others = {rule for key, rule in found.items() if key not in seen}
    assert all(rule.endswith("_references") for rule in others)
