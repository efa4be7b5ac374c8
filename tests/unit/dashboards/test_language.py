"""Words, numbers and days in both languages."""

import string
from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest

from streamvision_web.labels import LABELS
from streamvision_web.language import DASH, ENGLISH, FRENCH, LANGUAGES, Language, preferred
from streamvision_web.texts import TEXTS


def _fields(text: str) -> set[str | None]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}


def test_both_languages_have_the_same_texts() -> None:
    """With the same values to put in, and none of them empty."""
    english, french = TEXTS["en"], TEXTS["fr"]
    assert english.keys() == french.keys()
    assert {key for key in english if _fields(english[key]) != _fields(french[key])} == set()
    assert all(text.strip() for texts in TEXTS.values() for text in texts.values())


def test_both_languages_have_words_for_the_same_codes() -> None:
    """Kind by kind."""

    def codes(labels: Mapping[str, Mapping[str, str]]) -> dict[str, set[str]]:
        return {kind: set(words) for kind, words in labels.items()}

    assert codes(LABELS["en"]) == codes(LABELS["fr"])
    assert LABELS.keys() == TEXTS.keys() == LANGUAGES.keys()


def test_a_code_without_a_word_shows_as_it_is() -> None:
    """A genre that the service adds tomorrow is shown, not lost."""
    assert FRENCH.label("genre", "Western") == "Western"
    assert FRENCH.label("genre", "Comedy") == "Comédie"
    assert FRENCH.label("genre", None) == DASH


@pytest.mark.parametrize(
    ("value", "decimals", "english", "french"),
    [
        (1234.5, 1, "1,234.5", "1\u202f234,5"),
        (0, 0, "0", "0"),
        (-0.04, 1, "0.0", "0,0"),
        (-1234, 0, "-1,234", "-1\u202f234"),
        (9_999_999.999, 2, "10,000,000.00", "10\u202f000\u202f000,00"),
        (None, 0, DASH, DASH),
    ],
)
def test_numbers_are_written_as_each_language_does(
    value: float | None, decimals: int, english: str, french: str
) -> None:
    """What is not known is a dash, never a zero."""
    assert ENGLISH.number(value, decimals) == english
    assert FRENCH.number(value, decimals) == french


def test_ratios_are_written_in_percent() -> None:
    """French leaves a space before the sign."""
    assert (ENGLISH.percent(0.1234), FRENCH.percent(0.1234)) == ("12.3%", "12,3\u202f%")
    assert ENGLISH.percent(0.00207, 2) == "0.21%"
    assert ENGLISH.percent(None) == DASH


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (None, DASH),
        (0, "0\u00a0h"),
        (5400, "1.5\u00a0h"),
        (360_000, "100\u00a0h"),
        (4_500_000, "1,250\u00a0h"),
    ],
)
def test_watch_time_is_written_in_hours(seconds: float | None, written: str) -> None:
    """With a decimal where there are few."""
    assert ENGLISH.hours(seconds) == written


def test_days_and_moments_are_written_with_the_month_as_a_word() -> None:
    """No reader takes a month for a day; times are UTC."""
    assert ENGLISH.day(date(2026, 2, 3)) == "3\u00a0Feb\u00a02026"
    moment = datetime(2026, 2, 3, 4, 5, tzinfo=UTC)
    assert FRENCH.moment(moment) == "3\u00a0févr.\u00a02026, 04:05\u00a0UTC"


@pytest.mark.parametrize("language", LANGUAGES.values())
def test_charts_get_the_same_signs_and_months(language: Language) -> None:
    """Twelve months and seven days, as the library of the charts wants them."""
    locale = language.vega_locale().to_dict()
    assert locale["number"]["decimal"] == language.decimal
    assert (len(locale["time"]["months"]), len(locale["time"]["days"])) == (12, 7)


@pytest.mark.parametrize(
    ("locale", "code"),
    [("fr-CA", "fr"), ("FR", "fr"), ("en-US", "en"), ("de-DE", "en"), ("", "en"), (None, "en")],
)
def test_the_browsers_language_is_the_first_choice(locale: str | None, code: str) -> None:
    """English where it is not one of ours."""
    assert preferred(locale) == code
