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

    """

    code: str
    share: float
    utc_offset_minutes: int


COUNTRIES = (
    Country("US", 24.0, -360),
    Country("GB", 8.5, 0),
    Country("DE", 7.5, 60),
    Country("FR", 7.0, 60),
    Country("BR", 6.5, -180),
    Country("IN", 6.0, 330),
    Country("CA", 4.8, -300),
    Country("MX", 4.2, -360),
    Country("ES", 3.8, 60),
    Country("IT", 3.6, 60),
    Country("JP", 3.4, 540),
    Country("AU", 3.0, 600),
    Country("NL", 2.2, 60),
    Country("PL", 2.1, 60),
    Country("KR", 1.9, 540),
    Country("AR", 1.8, -180),
    Country("SE", 1.6, 60),
    Country("TR", 1.4, 180),
    Country("ZA", 1.2, 120),
    Country("BE", 1.1, 60),
    Country("PT", 1.0, 0),
    Country("CO", 0.9, -300),
    Country("NO", 0.8, 60),
    Country("NG", 0.7, 60),
    Country("MA", 0.5, 60),
)
CODES = tuple(country.code for country in COUNTRIES)
SHARES: Floats = np.array([country.share for country in COUNTRIES])
UTC_OFFSET: Ints = np.array([country.utc_offset_minutes * MINUTE for country in COUNTRIES], dtype=np.int64)
