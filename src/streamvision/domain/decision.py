"""What was decided about rows in quarantine. It stands in the lake, so that a new warehouse repeats it."""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from streamvision.domain.errors import ManifestError
from streamvision.domain.manifest import digest

VERSION = 1
DECISIONS_PREFIX = "quarantine/postgres/_decisions/"
Action = Literal["release", "drop"]
_KEY = re.compile(re.escape(DECISIONS_PREFIX) + r"(\d{4}-\d\d-\d\d_\d{4,})\.json")


@dataclass(frozen=True)
class ChosenRows:
    """Name rows of one file: ranges of row numbers, each with its first and its last."""

    table: str
    batch_id: str
    source_file: str
    ranges: tuple[tuple[int, int], ...]

    @property
    def count(self) -> int:
        """Return how many rows that are."""
        return sum(last - first + 1 for first, last in self.ranges)


@dataclass(frozen=True)
class Decision:
    """Say what becomes of rows in quarantine.

    Attributes:
        decision_id: names it; ids of one batch sort in the order in which they were decided.
        reason: why; a drop must have one.
        after_batch: the newest batch that was loaded then: the decision holds from there on.
        source_id: the database that the rows are of.

    """

    decision_id: str
    action: Action
    reason: str
    run_id: str
    decided_at: datetime
    after_batch: str
    source_id: str
    rows: tuple[ChosenRows, ...]

    @property
    def key(self) -> str:
        """Return its key in the lake."""
        return key_of_decision(self.decision_id)

    def to_json(self) -> bytes:
        """Return the decision's text; equal decisions have equal bytes."""
        document = asdict(self) | {"version": VERSION, "decided_at": self.decided_at.isoformat()}
        return _dump(document | {"sha256": digest(_dump(document))})


def key_of_decision(decision_id: str) -> str:
    """Return the key of a decision in the lake."""
    return f"{DECISIONS_PREFIX}{decision_id}.json"


def id_from_key(key: str) -> str | None:
    """Return the id of the decision that has this key in the lake, None for any other key."""
    found = _KEY.fullmatch(key)
    return found[1] if found else None


def batch_of_decision(decision_id: str) -> str:
    """Return the batch after which a decision holds."""
    return decision_id.rpartition("_")[0]


def next_id(taken: Iterable[str], after_batch: str) -> str:
    """Return the id of the next decision after a batch, given those of all that were made."""
    numbers = [int(each.rpartition("_")[2]) for each in taken if batch_of_decision(each) == after_batch]
    return f"{after_batch}_{max(numbers, default=0) + 1:04}"


def parse_decision(content: bytes, key: str) -> Decision:
    """Read a decision, which vouches for itself.

    Raises:
        ManifestError: when it is damaged, was changed, or has another one's key.

    """
    try:
        document: dict[str, Any] = json.loads(content)
        if document.get("version") != VERSION:
            raise _damaged(key, f"its version is not {VERSION}")
        if document.pop("sha256", None) != digest(_dump(document)):
            raise _damaged(key, "its checksum is not that of what it says")
        decision = Decision(
            decision_id=document["decision_id"],
            action=document["action"],
            reason=document["reason"],
            run_id=document["run_id"],
            decided_at=datetime.fromisoformat(document["decided_at"]).astimezone(UTC),
            after_batch=document["after_batch"],
            source_id=document["source_id"],
            rows=tuple(_chosen(each) for each in document["rows"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(key, f"{type(error).__name__} {error}") from error
    if decision.action not in get_args(Action):
        raise _damaged(key, f"it wants to {decision.action}")
    if decision.key != key or batch_of_decision(decision.decision_id) != decision.after_batch:
        raise _damaged(key, f"it names itself {decision.decision_id}")
    return decision


def _chosen(document: dict[str, Any]) -> ChosenRows:
    return ChosenRows(
        table=document["table"],
        batch_id=document["batch_id"],
        source_file=document["source_file"],
        ranges=tuple((int(first), int(last)) for first, last in document["ranges"]),
    )


def _dump(document: dict[str, object]) -> bytes:
    return (json.dumps(document, indent=2, sort_keys=True) + "\n").encode()


def _damaged(key: str, what: str) -> ManifestError:
    return ManifestError(
        f"A decision in the lake is not what it should be: {what}",
        where=key,
        safe="the rows that it is about stay as they were",
        next_command="restore the file from a copy",
    )
