"""How a plan is followed: order, retries, and where it ends."""

from collections.abc import Callable

import pytest

from streamvision.domain.errors import LakeError, SourceError, StreamVisionError
from streamvision.domain.plan import DAILY, Plan, Step, follow, refreshing
from tests.fakes.run import SteppingClock


class _Told:
    """Keep what a listener hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []

    def step_started(self, step: Step) -> None:
        self.heard.append(("started", step.name))

    def step_retried(self, step: Step, error: Exception, wait_seconds: float) -> None:
        self.heard.append((f"retried after {wait_seconds:g} s: {error}", step.name))

    def step_done(self, step: Step) -> None:
        self.heard.append(("done", step.name))


def _failing(times: int, error: Exception, calls: list[str], name: str) -> Callable[[], None]:
    left = [error] * times

    def act() -> None:
        calls.append(name)
        if left:
            raise left.pop()

    return act


def test_a_day_is_extracted_loaded_transformed_and_published() -> None:
    """The steps of a day and their order are one value."""
    assert [step.name for step in DAILY.steps] == ["extract", "load", "transform", "publish"]


def test_a_model_elsewhere_is_refreshed_after_all_else() -> None:
    """The plan itself stays as it is."""
    assert [step.name for step in refreshing(DAILY).steps] == [
        *(step.name for step in DAILY.steps),
        "refresh",
    ]


def test_steps_are_done_in_order_and_told_of() -> None:
    """Each is announced, done once, and reported."""
    calls: list[str] = []
    told, clock = _Told(), SteppingClock()
    plan = Plan((Step("one", "first"), Step("two", "second")))
    follow(plan, {name: lambda name=name: calls.append(name) for name in ("two", "one")}, clock.pause, told)  # type: ignore[misc] # mypy cannot infer a lambda's default
    assert calls == ["one", "two"]
    assert told.heard == [("started", "one"), ("done", "one"), ("started", "two"), ("done", "two")]
    assert clock.pauses == []


def test_what_may_pass_is_tried_again_with_doubled_waits() -> None:
    """A lake that recovers in time costs two waits and nothing else."""
    calls: list[str] = []
    told, clock = _Told(), SteppingClock()
    act = _failing(2, LakeError("busy"), calls, "one")
    follow(Plan((Step("one", "first", attempts=3, wait_seconds=2),)), {"one": act}, clock.pause, told)
    assert calls == ["one"] * 3
    assert clock.pauses == [2, 4]
    assert [what for what, _ in told.heard] == [
        "started",
        "retried after 2 s: busy",
        "retried after 4 s: busy",
        "done",
    ]


def test_tries_end() -> None:
    """After the last try the error stands, without a further wait."""
    calls: list[str] = []
    clock = SteppingClock()
    act = _failing(9, LakeError("busy"), calls, "one")
    with pytest.raises(LakeError, match="busy"):
        follow(Plan((Step("one", "first", attempts=3),)), {"one": act}, clock.pause, _Told())
    assert calls == ["one"] * 3
    assert clock.pauses == [2, 4]


@pytest.mark.parametrize("error", [SourceError("no right"), ZeroDivisionError("a defect")])
def test_what_cannot_pass_is_not_tried_again(error: Exception) -> None:
    """A terminal error, and one that nobody foresaw, ends the run at once."""
    calls: list[str] = []
    clock = SteppingClock()
    act = _failing(1, error, calls, "one")
    with pytest.raises(type(error)):
        follow(Plan((Step("one", "first", attempts=3),)), {"one": act}, clock.pause, _Told())
    assert (calls, clock.pauses) == (["one"], [])


def test_later_steps_are_not_begun_after_a_failure() -> None:
    """Each step needs the one before."""
    calls: list[str] = []
    told = _Told()
    actions = {
        "one": _failing(1, SourceError("no"), calls, "one"),
        "two": lambda: calls.append("two"),
    }
    plan = Plan((Step("one", "first"), Step("two", "second")))
    with pytest.raises(SourceError):
        follow(plan, actions, SteppingClock().pause, told)
    assert calls == ["one"]
    assert told.heard == [("started", "one")]


def test_an_error_shows_its_parts_one_a_line() -> None:
    """What failed comes first; parts that are not known are left out."""
    error = StreamVisionError("It broke", where="table users", next_command="streamvision run")
    assert str(error) == "It broke\nwhere: table users\nnext:  streamvision run"
