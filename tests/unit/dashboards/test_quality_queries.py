"""The figures on how well it plays, against those reckoned by hand."""

from datetime import date

import pytest

from streamvision_web.filters import Filters
from streamvision_web.queries import quality
from tests.unit.dashboards.conftest import Ask

ALL = Filters(date(2026, 1, 1), date(2026, 1, 4))


def test_the_worst_countries_are_those_with_enough_sessions(ask: Ask) -> None:
    """With the days on which they were outliers, of the days shown alone."""
    rows = ask(quality.WORST_COUNTRIES, ALL, least=1, top=5)
    assert [(row["member"], row["sessions"], row["outlier_days"]) for row in rows] == [
        ("FR", 3, 1), ("US", 3, 0),
    ]  # fmt: skip
    assert rows[0]["rebuffering_ratio"] == pytest.approx(8.4 / 1008.4)
    assert ask(quality.WORST_COUNTRIES, ALL, least=4, top=5) == []
    assert len(ask(quality.WORST_COUNTRIES, ALL, least=1, top=1)) == 1


def test_an_outlier_of_another_figure_is_none_of_buffering(ask: Ask) -> None:
    """A phone was slow to start, which is not shown here."""
    rows = {row["member"]: row for row in ask(quality.WORST_DEVICES, ALL, least=1, top=5)}
    assert set(rows) == {"mobile", "tv", "desktop"}
    assert rows["mobile"]["outlier_days"] == 0


def test_outlier_days_are_those_of_what_is_asked_for(ask: Ask) -> None:
    """All together, or one country."""
    (whole,) = ask(quality.OUTLIER_DAYS, ALL, breakdown="all", member="all")
    assert (whole["day"], whole["figure"]) == ("2026-01-02", 0.0148)
    assert ask(quality.OUTLIER_DAYS, ALL, breakdown="country", member="US") == []


def test_resolutions_come_from_low_to_high_in_each_period(ask: Ask) -> None:
    """With the seconds played, which a share is one of; an attempt alone plays none."""
    rows = ask(quality.RESOLUTION_SPLIT, ALL, step="month")
    assert [(row["period"], row["resolution"], row["playing_seconds"]) for row in rows] == [
        ("2026-01-01", "SD", 300), ("2026-01-01", "HD", 700), ("2026-01-01", "Full HD", 20),
        ("2026-01-01", "4K", 1000),
    ]  # fmt: skip
    by_day = ask(quality.RESOLUTION_SPLIT, ALL, step="day")
    assert [row["period"] for row in by_day if row["resolution"] == "HD"] == ["2026-01-01", "2026-01-02"]
