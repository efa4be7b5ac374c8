"""What the page's address says, and what it is taken to say."""

from datetime import date

import pytest

from streamvision_web import address

LANGUAGES = frozenset({"en", "fr"})
JANUARY = (date(2026, 1, 1), date(2026, 1, 31))


def test_an_address_is_read_as_it_was_written() -> None:
    """Also where a code holds the signs that the address gives a meaning."""
    chosen = {
        "countries": ("FR", "DE"),
        "genres": ("Science Fiction", "Rock, Pop & 100%"),
        "devices": ("tv",),
    }
    written = address.written(JANUARY, chosen, "fr")
    asked = address.read(written, LANGUAGES)
    assert asked.days == JANUARY
    assert {name: codes for name, codes in asked.chosen.items() if codes} == chosen
    assert (asked.language, asked.refused) == ("fr", ())


def test_an_address_reads_well() -> None:
    """People see it, and change it by hand."""
    chosen = {"countries": ("FR", "DE"), "plans": ("premium",)}
    assert address.written(JANUARY, chosen, "en") == {
        "from": "2026-01-01",
        "to": "2026-01-31",
        "country": "FR,DE",
        "plan": "premium",
        "lang": "en",
    }


def test_the_whole_period_is_not_written() -> None:
    """A view that was kept as a bookmark goes on growing with the data."""
    assert address.written(None, {}, "en") == {"lang": "en"}


@pytest.mark.parametrize(
    ("parameters", "refused"),
    [
        ({"from": "yesterday"}, ("from=yesterday",)),
        ({"to": "2026-02-30"}, ("to=2026-02-30",)),
        ({"from": "2026-02-01", "to": "2026-01-01"}, ("from=2026-02-01", "to=2026-01-01")),
        ({"lang": "xx"}, ("lang=xx",)),
        ({"from": "x" * 10_000}, (f"from={'x' * address.MOST_SHOWN}…",)),
    ],
)
def test_what_makes_no_sense_is_named_and_left_out(
    parameters: dict[str, str], refused: tuple[str, ...]
) -> None:
    """Never an error: the rest of the address holds."""
    asked = address.read({**parameters, "country": "FR"}, LANGUAGES)
    assert asked.refused == refused
    assert (asked.days, asked.language) == ((None, None), "")
    assert asked.chosen["countries"] == ("FR",)


def test_one_end_of_a_period_may_stand_alone() -> None:
    """The other is where the data begin or end."""
    assert address.read({"from": "2026-01-01"}, LANGUAGES).days == (JANUARY[0], None)


def test_a_code_counts_once() -> None:
    """However often an address names it."""
    assert address.read({"country": "FR,,FR,DE"}, LANGUAGES).chosen["countries"] == ("FR", "DE")
