"""What is noted in the service's database of the world in it, so that it can go on."""

import json
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from typing import Any

from streamvision.domain.errors import WrongUseError
from streamvision.pipeline.simulate.behaviour import Behaviour
from streamvision.pipeline.simulate.crowds import Crowd, crowd_of
from streamvision.pipeline.simulate.spec import SimulationSpec, Volumes
from streamvision.pipeline.simulate.timeline import day_of, number_of

_VERSION = 1
"""Rises when the same world would come out differently: what was begun before cannot go on then."""
_MARK = "streamvision_world"


@dataclass(frozen=True)
class WorldNote:
    """Say which world a database holds, and how far it has come.

    Attributes:
        until: the last day that is whole.
        moment: up to which instant of the day after it the database has come, where that day was begun.
        crowds: how many people watch at once from which day on.

    """

    spec: SimulationSpec
    until: date
    moment: int | None = None
    crowds: tuple[Crowd, ...] = ()

    @property
    def next_day(self) -> int:
        """Return the first day that is not whole, counted from 1970."""
        return number_of(self.until) + 1

    def after(self, day: int, moment: int | None = None) -> "WorldNote":
        """Return the note of when a day, counted from 1970, is over, or has come to a moment."""
        whole = day if moment is None else day - 1
        return replace(self, until=day_of(whole), moment=moment)

    def with_viewers(self, viewers: int | None) -> "WorldNote":
        """Return the note of a world in which so many watch at once from the next day that begins."""
        day = self.next_day if self.moment is None else self.next_day + 1
        if viewers is None or crowd_of(self.crowds, day) == viewers:
            return self
        before = tuple(crowd for crowd in self.crowds if crowd.first_day < day)
        return replace(self, crowds=(*before, Crowd(day, viewers)))

    def to_json(self) -> str:
        """Return the note as text."""
        usual = Behaviour()
        behaviour = {
            each.name: getattr(self.spec.behaviour, each.name)
            for each in fields(usual)
            if getattr(self.spec.behaviour, each.name) != getattr(usual, each.name)
        }
        document = {
            _MARK: _VERSION,
            "seed": self.spec.seed,
            "volumes": asdict(self.spec.volumes),
            "history_until": str(self.spec.until),
            "history_days": self.spec.days,
            "people_at_once": self.spec.people_at_once,
            "behaviour": behaviour,
            "until": str(self.until),
            "moment": self.moment,
            "crowds": [[crowd.first_day, crowd.viewers] for crowd in self.crowds],
        }
        return json.dumps(document)


def read_note(text: str) -> WorldNote | None:
    """Return what a note says; None where it speaks of no world.

    Raises:
        WrongUseError: when it speaks of a world that another version of StreamVision has begun.

    """
    if _MARK not in text:
        return None
    document: dict[str, Any] = json.loads(text)
    if document[_MARK] != _VERSION:
        raise WrongUseError(
            "Another version of StreamVision has simulated this service, and this one cannot go on with it",
            safe="nothing was written",
            next_command="go on with that version, or simulate into an empty database",
        )
    behaviour: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in document["behaviour"].items()
    }
    spec = SimulationSpec(
        volumes=Volumes(**document["volumes"]),
        seed=document["seed"],
        until=date.fromisoformat(document["history_until"]),
        days=document["history_days"],
        behaviour=Behaviour(**behaviour),
        people_at_once=document["people_at_once"],
    )
    return WorldNote(
        spec,
        date.fromisoformat(document["until"]),
        document.get("moment"),
        tuple(Crowd(*crowd) for crowd in document.get("crowds", [])),
    )
