"""When a build may go on from the one before, and which batches it looks at."""

from dataclasses import replace

import pytest

from streamvision.domain.basis import Basis, BatchWindow, basis_of, digest_of, window_since

BEFORE = Basis("models", "columns", "2026-02-27", "batches up to then", "releases")
NOW = replace(BEFORE, batch_id="2026-03-01", batches="batches up to now")


def test_a_build_looks_at_the_batches_that_came_since() -> None:
    """From the day after the newest one before, across the end of a month, up to the newest one now."""
    assert window_since(BEFORE, NOW, BEFORE.batches) == BatchWindow("2026-02-28", "2026-03-02")


def test_without_a_new_batch_there_is_nothing_to_look_at() -> None:
    """The window is there, and no batch lies in it."""
    assert window_since(BEFORE, BEFORE, BEFORE.batches) == BatchWindow("2026-02-28", "2026-02-28")


@pytest.mark.parametrize("name", ["models", "columns", "releases"])
def test_what_was_built_otherwise_is_built_anew(name: str) -> None:
    """By other models, from other columns, or without rows that were released since."""
    assert window_since(BEFORE, replace(NOW, **{name: "another"}), BEFORE.batches) is None


def test_batches_that_are_not_what_they_were_are_built_anew() -> None:
    """One of those that the build before was made from was loaded again, or is missing."""
    assert window_since(BEFORE, NOW, "batches of another story") is None


def test_a_batch_that_was_taken_back_is_built_anew() -> None:
    """The build before knows more than there is now."""
    assert window_since(NOW, BEFORE, NOW.batches) is None


def test_without_a_build_before_all_is_built_anew() -> None:
    """There is nothing to go on from."""
    assert window_since(None, NOW, "") is None


def test_a_build_remembers_what_it_was_made_from() -> None:
    """As text, from which it comes back as it was."""
    assert basis_of(NOW.to_json()) == NOW


@pytest.mark.parametrize("text", [None, "", "not JSON", "[]", '{"models": "of another version"}'])
def test_what_is_not_understood_is_as_if_it_were_not_there(text: str | None) -> None:
    """A build of another version is no build to go on from."""
    assert basis_of(text) is None


def test_digests_differ_with_the_things_and_their_order() -> None:
    """And are the same for the same."""
    assert digest_of([1, "a"]) == digest_of((1, "a"))
    assert len({digest_of(each) for each in ([1, "a"], ["a", 1], ["1", "a"], [1], [])}) == 5
