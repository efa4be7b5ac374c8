"""The countries in which the service is sold."""

from dataclasses import dataclass

import numpy as np

from streamvision.pipeline.simulate.columns import Floats, Ints
from streamvision.pipeline.simulate.timeline import MINUTE


@dataclass(frozen=True)
class Country:
    """Describe one country.

    Attributes:
        code: ISO 3166-1 alpha-2.
        share: its weight among the accounts, relative to the others.
        utc_offset_minutes: a usual local time without summer time.
        evening_minutes: how much later than elsewhere people dine and sit down to watch.
        line: how bad its lines are, against the others'.
        mobile: how much rather than elsewhere people watch on a telephone.
        languages: in which they write, the most frequent first.

    """

    code: str
    share: float
    utc_offset_minutes: int
    evening_minutes: int = 0
    line: float = 1.0
    mobile: float = 1.0
    languages: tuple[str, ...] = ("en",)


COUNTRIES = (
    Country("US", 24.0, -360, 0, 0.9, 0.9, ("en", "es")),
    Country("GB", 8.5, 0, 0, 0.9, 0.9, ("en",)),
    Country("DE", 7.5, 60, -15, 1.0, 0.9, ("de", "en")),
    Country("FR", 7.0, 60, 30, 0.85, 0.9, ("fr",)),
    Country("BR", 6.5, -180, 45, 1.2, 1.5, ("pt",)),
    Country("IN", 6.0, 330, 30, 1.6, 2.6, ("en",)),
    Country("CA", 4.8, -300, 0, 0.9, 0.9, ("en", "fr")),
    Country("MX", 4.2, -360, 30, 1.3, 1.6, ("es",)),
    Country("ES", 3.8, 60, 90, 0.85, 1.0, ("es",)),
    Country("IT", 3.6, 60, 45, 1.1, 1.0, ("it",)),
    Country("JP", 3.4, 540, 15, 0.75, 1.1, ("ja",)),
    Country("AU", 3.0, 600, -15, 1.1, 0.9, ("en",)),
    Country("NL", 2.2, 60, -15, 0.8, 0.9, ("nl", "en")),
    Country("PL", 2.1, 60, 0, 1.0, 1.0, ("pl",)),
    Country("KR", 1.9, 540, 45, 0.65, 1.4, ("ko",)),
    Country("AR", 1.8, -180, 75, 1.3, 1.3, ("es",)),
    Country("SE", 1.6, 60, -15, 0.75, 0.9, ("sv", "en")),
    Country("TR", 1.4, 180, 45, 1.4, 1.4, ("tr",)),
    Country("ZA", 1.2, 120, -15, 1.5, 1.6, ("en",)),
    Country("BE", 1.1, 60, 0, 0.95, 0.9, ("fr", "nl")),
    Country("PT", 1.0, 0, 45, 0.9, 1.0, ("pt",)),
    Country("CO", 0.9, -300, 15, 1.4, 1.6, ("es",)),
    Country("NO", 0.8, 60, -15, 0.75, 0.9, ("no", "en")),
    Country("NG", 0.7, 60, 30, 1.9, 2.4, ("en",)),
    Country("MA", 0.5, 60, 45, 1.6, 1.8, ("fr",)),
)
CODES = tuple(country.code for country in COUNTRIES)
SHARES: Floats = np.array([country.share for country in COUNTRIES])
UTC_OFFSET: Ints = np.array([country.utc_offset_minutes * MINUTE for country in COUNTRIES], dtype=np.int64)
# What clocks show when people everywhere do the same: local time, less how late their evenings are.
HABIT_OFFSET: Ints = UTC_OFFSET - np.array([country.evening_minutes * MINUTE for country in COUNTRIES])
LINE: Floats = np.array([country.line for country in COUNTRIES])
MOBILE: Floats = np.array([country.mobile for country in COUNTRIES])
