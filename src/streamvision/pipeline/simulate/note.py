"""What is noted in the service's database of the world in it, so that it can go on."""

import json
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from streamvision.domain.errors import WrongUseError
from streamvision.pipeline.simulate.behaviour import Behaviour
from streamvision.pipeline.simulate.spec import SimulationSpec, Volumes

_VERSION = 1
"""Rises when the same world would come out differently: what was begun before cannot go on then."""
_MARK = "streamvision_world"


@dataclass(frozen=True)
class WorldNote:
    """Say which world a database holds, and up to which day it has come."""

    spec: SimulationSpec
    until: date

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
    return WorldNote(spec, date.fromisoformat(document["until"]))
