"""What stands beside the values that are drawn."""

from datetime import date

import pyarrow as pa
import pytest

from streamvision_web import figures, world_map
from streamvision_web.language import DASH, ENGLISH, FRENCH


@pytest.mark.parametrize(
    ("ratio", "begins", "colour"),
    [(0.0039, "✓ Good", "blue"), (0.004, "▲ Too high", "orange"), (None, "No playing time", "gray")],
)
def test_the_verdict_turns_at_the_threshold(ratio: float | None, begins: str, colour: str) -> None:
    """A ratio of exactly 0.4% is no longer good."""
    words, shown = figures.verdict(ratio, ENGLISH)
    assert words.startswith(begins)
    assert shown == colour


@pytest.mark.parametrize(
    ("days", "step"), [(1, "day"), (31, "day"), (32, "week"), (120, "week"), (121, "month"), (365, "month")]
)
def test_longer_periods_have_longer_steps(days: int, step: str) -> None:
    """So that a column stays wide enough to be seen."""
    assert figures.step(date(2026, 1, 1), date.fromordinal(date(2026, 1, 1).toordinal() + days - 1)) == step


def test_a_country_without_sessions_has_a_dash_on_the_map() -> None:
    """And one with them its share of all."""
    rows = pa.table(
        {
            "country_code": ["FR", "DE", "SG"],
            "country_numeric": ["250", "276", "702"],
            "en": ["France", "Germany", "Singapore"],
            "fr": ["France", "Allemagne", "Singapour"],
            "sessions": [3000, None, 1000],
        }
    )
    drawn = figures.on_map(rows, FRENCH)
    assert drawn["name"].to_pylist() == ["France", "Allemagne", "Singapour"]
    assert drawn["share"].to_pylist() == ["75,0\u202f%", DASH, "25,0\u202f%"]
    assert drawn["spoken"][0].as_py() == "France: 3\u202f000 (75,0\u202f%)"
    assert figures.not_on_map(drawn, frozenset({"250", "276"}), FRENCH) == "Singapour (1\u202f000)"


def test_the_shapes_are_those_of_the_world() -> None:
    """France has one, Singapore is too small, Antarctica is left out."""
    drawn = world_map.drawn_countries()
    assert {"250", "840", "356"} <= drawn
    assert drawn.isdisjoint({"702", "010"})


@pytest.mark.parametrize("region", sorted(world_map.LOOKS))
def test_the_map_carries_its_shapes_and_the_rows(region: str) -> None:
    """It names no address from which a browser would have to fetch something."""
    columns = ["country_code", "country_numeric", "name", "written", "share", "spoken"]
    rows = pa.table({column: ["1"] for column in columns} | {"sessions": [1]})
    map_of_region = world_map.world_map(rows, ENGLISH, world_map.LOOKS[region])
    layers = map_of_region["layer"]
    assert layers[1]["data"]["values"]["type"] == "Topology"
    named = layers[1]["transform"][0]["from"]["data"]["name"]
    assert map_of_region["datasets"] == {named: rows}
    assert all("url" not in layer["data"] for layer in layers)


def test_transitions_keep_the_order_of_their_colours() -> None:
    """Whichever is the largest, so that a filter does not shuffle the ring."""
    rows = pa.table({"movement_type": ["upgrade", "renewal"], "events": [9, 1], "share": [0.9, 0.1]})
    drawn = figures.transitions(rows, FRENCH)
    assert drawn["label"].to_pylist() == ["Renouvellement  10,0\u202f%", "Montée en gamme  90,0\u202f%"]
    assert drawn["value"].to_pylist() == [1, 9]


def test_a_gap_stays_a_gap_in_a_line() -> None:
    """A ratio that is NULL is written as a dash and drawn nowhere."""
    rows = pa.table({"day": ["2026-01-01", "2026-01-02"], "daily": [0.01, None]})
    drawn = figures.long(rows, ENGLISH, ["daily"], "smoothing", percent=True)
    assert drawn["value"].to_pylist() == [0.01, None]
    assert drawn["written"].to_pylist() == ["1.00%", DASH]


@pytest.mark.parametrize(
    ("step", "written"), [("month", "janv. 2026"), ("week", "5 janv. 26"), ("day", "5 janv. 26")]
)
def test_periods_are_written_out(step: str, written: str) -> None:
    """A month as a month, a week as its Monday."""
    rows = pa.table({"period": ["2026-01-05"], "movement_type": ["start"], "events": [4]})
    drawn = figures.movements(rows, FRENCH, step)
    assert drawn["period"].to_pylist() == [written]
    assert drawn["series"].to_pylist() == ["Souscription"]


def test_the_mean_of_nothing_is_not_known() -> None:
    """It is shown as a dash."""
    assert figures.mean([]) is None
    assert figures.mean([1, 2]) == 1.5
