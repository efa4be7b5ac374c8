"""Remembers which unit tests have passed on the very text that models have now.

Unit tests bring their own rows: what they find depends on the project's text, on what runs it and on the
warehouse's engine, and on nothing that is loaded. What passed once passes again, and is not asked again.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from dbt.artifacts.resources.types import NodeType
from dbt.artifacts.schemas.results import NodeResult, TestStatus

from streamvision.files import write_whole


class PassedUnitTests:
    """Keep their names in a file; what cannot be read there has not passed."""

    def __init__(self, work: Path) -> None:
        """Take the folder that dbt writes to."""
        self._path = work / "unit_tests.json"

    def of(self, digest: str, target: str) -> frozenset[str]:
        """Return the names of those that passed with this text, on this target."""
        try:
            document = json.loads(self._path.read_text(encoding="utf-8"))
            same = document["digest"] == digest
            return frozenset(document["passed"].get(target, ())) if same else frozenset()
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return frozenset()

    def add(self, digest: str, target: str, results: Iterable[NodeResult]) -> None:
        """Keep those that passed just now, and forget what passed with another text."""
        passed = {
            result.node.name
            for result in results
            if result.node.resource_type == NodeType.Unit and result.status == TestStatus.Pass
        }
        if not passed:
            return
        targets = {name: self.of(digest, name) for name in self._targets() | {target}}
        targets[target] |= passed
        document = {"digest": digest, "passed": {name: sorted(kept) for name, kept in targets.items()}}
        write_whole(self._path, json.dumps(document, indent=2).encode())

    def _targets(self) -> set[str]:
        try:
            return set(json.loads(self._path.read_text(encoding="utf-8"))["passed"])
        except (OSError, ValueError, KeyError, TypeError):
            return set()
