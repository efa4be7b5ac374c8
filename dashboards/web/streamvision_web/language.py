"""The languages of the dashboards: words, and how numbers and days are written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import SupportsFloat

import altair as alt

from streamvision_web.definitions import metric
from streamvision_web.labels import LABELS
from streamvision_web.texts import TEXTS

DASH = "\u2013"
"""What stands for a ratio without a denominator; a zero would be a claim."""

_NARROW_SPACE = "\u202f"
_MANY_HOURS = 100
# What stands behind the number, in every language.
_UNITS = {"milliseconds": "\u00a0ms", "seconds": "\u00a0s"}
_MUCH_MONEY = 1000


@dataclass(frozen=True)
class Language:
    """Write words, numbers and days as the readers of one language expect them.

    Attributes:
        code: ISO 639-1.
        name: as its own readers call it.
        months: short names of the twelve months.
        before_percent: what stands between a number and its percent sign.

    """

    code: str
    name: str
    thousands: str
    decimal: str
    before_percent: str
    months: tuple[str, ...]

    def text(self, key: str, **values: object) -> str:
        """Return one of the texts with its values put in; by the name of a metric, what that is called."""
        text = TEXTS[self.code].get(key)
        return metric(key).label[self.code] if text is None else text.format(**values)

    def explanation(self, name: str) -> str:
        """Return what a metric means."""
        return metric(name).description[self.code]

    def label(self, kind: str, code: str | None) -> str:
        """Return the word for a code, such as the device `tv`; a code without a word shows as it is."""
        return DASH if code is None else LABELS[self.code][kind].get(code, code)

    def number(self, value: float | None, decimals: int = 0) -> str:
        """Return a number, grouped by thousands."""
        if value is None:
            return DASH
        # A negative zero is what -0.04 would be with one decimal.
        written = f"{round(value, decimals) + 0:,.{decimals}f}"
        return written.translate({ord(","): self.thousands, ord("."): self.decimal})

    def percent(self, ratio: float | None, decimals: int = 1) -> str:
        """Return a ratio in percent: 0.123 is 12.3%."""
        if ratio is None:
            return DASH
        return f"{self.number(ratio * 100, decimals)}{self.before_percent}%"

    def hours(self, seconds: float | None) -> str:
        """Return a time in hours; with a decimal where there are few."""
        if seconds is None:
            return DASH
        hours = seconds / 3600
        return f"{self.number(hours, 1 if 0 < hours < _MANY_HOURS else 0)}\u00a0h"

    def written(self, name: str, value: float | None) -> str:
        """Return a value of a metric in the metric's format."""
        definition = metric(name)
        if value is None:
            return DASH
        match definition.format:
            case "percent":
                return self.percent(value, definition.decimals)
            case "hours":
                return self.hours(value)
            case "money":
                return self.money(value)
            case "rating":
                return self.text("out_of_ten", rating=self.number(value, definition.decimals))
            case _:
                number = self.number(value, definition.decimals)
                return number + _UNITS.get(definition.format, "")

    def money(self, cents: SupportsFloat | None) -> str:
        """Return an amount in minor units in whole ones; with both decimals where it is small."""
        if cents is None:
            return DASH
        amount = float(cents) / 100
        return self.number(amount, 2 if abs(amount) < _MUCH_MONEY else 0)

    def duration(self, seconds: float | None) -> str:
        """Return how long something took or is ago, in the two largest units that are not zero."""
        if seconds is None:
            return DASH
        if seconds < 60:  # noqa: PLR2004 - a minute
            return f"{self.number(seconds, 1)}\u00a0s"
        minutes = round(seconds / 60)
        for length, unit, below, part in ((1440, "d", 60, "h"), (60, "h", 1, "min")):
            if minutes >= length:
                whole, rest = divmod(minutes, length)
                units = [f"{whole}\u00a0{self.text(f'unit_{unit}')}", f"{rest // below}\u00a0{part}"]
                return " ".join(units if rest // below else units[:1])
        return f"{minutes}\u00a0min"

    def month(self, value: date) -> str:
        """Return a month of a year."""
        return f"{self.months[value.month - 1]}\u00a0{value.year}"

    def day(self, value: date) -> str:
        """Return a day, its month as a short name."""
        return f"{value.day}\u00a0{self.months[value.month - 1]}\u00a0{value.year}"

    def moment(self, value: datetime) -> str:
        """Return a day and time of UTC."""
        return f"{self.day(value)}, {value:%H:%M}\u00a0UTC"

    def weekdays(self) -> list[str]:
        """Return the names of the days of the week, Monday first."""
        sunday, *others = self.text("weekdays").split()
        return [*others, sunday]

    def vega_locale(self) -> alt.Locale:
        """Return what the charts need to write axes in this language."""
        days = self.text("weekdays").split()
        return alt.Locale(
            number=alt.NumberLocale(
                decimal=self.decimal,
                thousands=self.thousands,
                grouping=[3],
                currency=["", ""],
                percent=f"{self.before_percent}%",
            ),
            time=alt.TimeLocale(
                dateTime="%d %B %Y %H:%M",
                date="%d/%m/%Y",
                time="%H:%M",
                periods=["AM", "PM"],
                days=days,
                shortDays=[day[:3] for day in days],
                months=self.text("months").split(),
                shortMonths=list(self.months),
            ),
        )


ENGLISH = Language(
    code="en",
    name="English",
    thousands=",",
    decimal=".",
    before_percent="",
    months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
FRENCH = Language(
    code="fr",
    name="Français",
    thousands=_NARROW_SPACE,
    decimal=",",
    before_percent=_NARROW_SPACE,
    months=(
        "janv.",
        "févr.",
        "mars",
        "avr.",
        "mai",
        "juin",
        "juil.",
        "août",
        "sept.",
        "oct.",
        "nov.",
        "déc.",
    ),
)
LANGUAGES: Mapping[str, Language] = {language.code: language for language in (ENGLISH, FRENCH)}


def preferred(locale: str | None) -> str:
    """Return the code of the language for a browser's locale, such as `fr-CA`; English where unknown."""
    code = (locale or "").partition("-")[0].lower()
    return code if code in LANGUAGES else ENGLISH.code
