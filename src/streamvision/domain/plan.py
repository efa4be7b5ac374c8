"""The plan of a run: its steps, their order and how often each is tried, written once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from streamvision.domain.errors import Transient


@dataclass(frozen=True)
class Step:
    """Name one step of a run.

    Attributes:
        attempts: how often it is tried in all; only transient errors are tried again.
        wait_seconds: the pause before the second try; it doubles with each further one.

    """

    name: str
    summary: str
    attempts: int = 1
    wait_seconds: float = 2.0


@dataclass(frozen=True)
class Plan:
    """List the steps of a run in order; each needs the one before."""

    steps: tuple[Step, ...]

    def step(self, name: str) -> Step | None:
        """Return the step of a name; None where there is none."""
        return next((step for step in self.steps if step.name == name), None)


DAILY = Plan(
    (
        Step("extract", "carry the source's picture of the day into the lake", attempts=3),
        Step("load", "load the lake's batches into RAW, bad rows into quarantine", attempts=3),
        Step("transform", "build and test staging, core and marts", attempts=3),
        Step("publish", "show the tested marts to people", attempts=3),
    )
)

REPLAY = Plan(DAILY.steps[1:])
"""What is done where the source is not asked: the lake has the days already."""

REFRESH = Step("refresh", "have the Power BI model read what is published", attempts=3, wait_seconds=30.0)


def refreshing(plan: Plan) -> Plan:
    """Return a plan after whose last step a model elsewhere reads what is published."""
    return Plan((*plan.steps, REFRESH))


MAINTENANCE = Plan(
    (
        Step("clean", "remove what killed extractions have left in the lake", attempts=3),
        Step("check", "see how the source's log of changes stands", attempts=3),
        Step("forget", "forget runs of long ago"),
    )
)
"""What is done now and then, beside the runs."""


class Listener(Protocol):
    """Hear how a run goes."""

    def step_started(self, step: Step) -> None:
        """Hear that a step begins."""

    def step_retried(self, step: Step, error: Exception, wait_seconds: float) -> None:
        """Hear that a step failed for a reason that may pass, and is tried again after a pause."""

    def step_done(self, step: Step) -> None:
        """Hear that a step is done."""


def follow(
    plan: Plan,
    actions: Mapping[str, Callable[[], None]],
    pause: Callable[[float], None],
    listener: Listener,
) -> None:
    """Do the steps of a plan in order, trying again what may pass.

    Raises:
        Exception: what a step raised, when it is terminal or its tries are used up.

    """
    for step in plan.steps:
        listener.step_started(step)
        _attempt(step, actions[step.name], pause, listener)
        listener.step_done(step)


def _attempt(
    step: Step, action: Callable[[], None], pause: Callable[[float], None], listener: Listener
) -> None:
    for attempt in range(1, step.attempts + 1):
        try:
            action()
        except Exception as error:
            if not isinstance(error, Transient) or attempt == step.attempts:
                raise
            wait_seconds = step.wait_seconds * 2 ** (attempt - 1)
            listener.step_retried(step, error, wait_seconds)
            pause(wait_seconds)
        else:
            return
