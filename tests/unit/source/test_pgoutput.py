"""The messages that frame the changes in the source's log."""

import pytest

from streamvision.adapters.source.postgres.pgoutput import (
    Begin,
    Commit,
    Framing,
    Message,
    Origin,
    Relation,
    Truncate,
    Type,
    framing,
)
from streamvision.domain.errors import SourceError
from tests.support import pgoutput_bytes as written

MESSAGES: list[tuple[bytes, Framing]] = [
    (written.begin(500, 2**32 - 1, 1_767_225_600_000_001), Begin(500, 1_767_225_600_000_001, 2**32 - 1)),
    (written.commit(500, 540, 1_767_225_600_000_001), Commit(500, 540, 1_767_225_600_000_001)),
    (
        written.relation(16_400, "public", 'Odd ".name', ["id", "Ä b"], "f"),
        Relation(16_400, "public", 'Odd ".name', "f", ("id", "Ä b")),
    ),
    (written.relation(1, "", "pg_depend", []), Relation(1, "pg_catalog", "pg_depend", "d", ())),
    (written.truncate(7, 2**32 - 1), Truncate((7, 2**32 - 1))),
    (written.type_(16_500, "shop", "mood"), Type(16_500, "shop", "mood")),
    (written.origin(77, "node"), Origin(77, "node")),
    (written.message(88, "prefix", b"any\x00thing"), Message(88, "prefix", b"any\x00thing")),
]


@pytest.mark.parametrize(("content", "expected"), MESSAGES)
def test_every_kind_of_message_is_read(content: bytes, expected: Framing) -> None:
    """Wherever it stands among others."""
    log = b"\xff" * 3 + content + b"\xff" * 5
    assert framing(log, 3, 3 + len(content)) == expected


@pytest.mark.parametrize("content", [content for content, _ in MESSAGES])
def test_a_message_that_is_cut_off_is_refused(content: bytes) -> None:
    """At whatever byte, whether something follows or not."""
    for length in range(len(content)):
        with pytest.raises(SourceError, match="cannot be understood"):
            framing(content[:length], 0, length)
        with pytest.raises(SourceError, match="cannot be understood"):
            framing(content, 0, length)


@pytest.mark.parametrize("content", [content for content, _ in MESSAGES])
def test_a_message_that_is_longer_than_it_says_is_refused(content: bytes) -> None:
    """Nothing of the log is passed over in silence."""
    with pytest.raises(SourceError, match="wrong length"):
        framing(content + b"\x00", 0, len(content) + 1)


@pytest.mark.parametrize("kind", [b"S", b"b", b"\x00", b"I"])
def test_an_unknown_kind_of_message_is_refused(kind: bytes) -> None:
    """Such as those of protocols that were not asked for; the error says what can be done without the log."""
    with pytest.raises(SourceError, match="unknown kind") as caught:
        framing(kind + bytes(40), 0, 41)
    assert "STREAMVISION_EXTRACTION=snapshot" in caught.value.next_command
