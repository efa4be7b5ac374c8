"""A line of the log for programs: what happened when, in which run, batch and step."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

Level = Literal["info", "warning", "error"]


@dataclass(frozen=True)
class Where:
    """Say what is being done; empty where that is not known.

    Attributes:
        batch_id: the day whose batch is carried.

    """

    run_id: str = ""
    batch_id: str = ""
    step: str = ""


def log_line(time: datetime, level: Level, where: Where, message: str) -> str:
    """Return a JSON object without a line break in it; what is not known of the place is null."""
    document = {
        "time": time.isoformat(timespec="milliseconds"),
        "level": level,
        **{name: value or None for name, value in asdict(where).items()},
        "message": message.strip(),
    }
    return json.dumps(document, ensure_ascii=False)
