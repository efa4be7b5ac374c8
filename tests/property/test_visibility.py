"""Whatever transactions there are: what a snapshot shows is what had been committed when it was taken."""

from hypothesis import given
from hypothesis import strategies as st

from streamvision.domain.visibility import Visible, parse_visible
from tests.property.bounded import bounded

XIDS = 2**32
full_xids = st.integers(min_value=3, max_value=2**40)


@bounded(200)
@given(st.data(), full_xids, st.integers(1, 40))
def test_a_snapshot_shows_what_had_ended_and_nothing_else(
    data: st.DataObject, first: int, count: int
) -> None:
    """Of numbers given out in order, some have ended; all that come later are not shown."""
    given_out = range(first, first + count)
    still_open = data.draw(st.sets(st.sampled_from(given_out)))
    xmax = first + count
    text = f"{min(still_open, default=xmax)}:{xmax}:{','.join(map(str, sorted(still_open)))}"
    visible = parse_visible(text)
    shown = {xid for xid in range(first - 3, xmax + 3) if visible.shows(xid)}
    assert shown == set(range(first - 3, xmax)) - still_open


@bounded(500)
@given(full_xids, st.integers(-(2**31) + 1, 2**31 - 1))
def test_half_of_a_number_is_enough_near_the_snapshot(xmax: int, distance: int) -> None:
    """The log has the lower 32 bits; a transaction less than 2**31 away is meant, across every boundary."""
    xid = max(0, xmax + distance)
    assert Visible(xmax, xmax, frozenset()).widened(xid % XIDS) == xid


@bounded(200)
@given(st.integers(1, 200), st.integers(-20, 20), st.sets(st.integers(1, 19)))
def test_the_boundary_of_32_bits_changes_nothing(epoch: int, offset: int, open_before: set[int]) -> None:
    """What a snapshot shows around it, it shows by halves of numbers as well."""
    xmax = epoch * XIDS + offset
    visible = Visible(xmax - 20, xmax, frozenset(xmax - distance for distance in open_before))
    for xid in range(xmax - 40, xmax + 40):
        assert visible.shows(visible.widened(xid % XIDS)) == visible.shows(xid)
