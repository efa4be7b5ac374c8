"""What to simulate: how many of each, from which seed, up to which day."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType

from streamvision.domain.errors import WrongUseError
from streamvision.pipeline.simulate.behaviour import Behaviour
from streamvision.pipeline.simulate.timeline import DAY, Window

YEARS_OF_SIGN_UPS = 3
DAYS_OF_SIGN_UPS = 365 * YEARS_OF_SIGN_UPS
# Instants count from 1970 and 0 stands for 'none'; the source takes titles up to 2100.
FIRST_YEAR, LAST_YEAR = 1990, 2100


@dataclass(frozen=True)
class Volumes:
    """Say how many rows each table gets; subscription events follow from the users' lives."""

    users: int
    content: int
    episodes: int
    viewing_sessions: int
    episode_viewing: int
    ratings: int
    search_queries: int

    def part(self, number: int, parts: int) -> "Volumes":
        """Return the share of one of several parts; those of all parts together are the whole."""
        counts = {
            name: count * (number + 1) // parts - count * number // parts
            for name, count in asdict(self).items()
            if name not in _OF_ALL
        }
        return replace(self, **counts)

    def before(self, number: int, parts: int) -> "Volumes":
        """Return how much the parts before one hold together."""
        counts = {
            name: count * number // parts for name, count in asdict(self).items() if name not in _OF_ALL
        }
        return replace(self, **counts)

    def scaled(self, factor: float) -> "Volumes":
        """Return so many times as much of everything; the catalogue grows with the root of it."""
        return Volumes(
            **{
                name: max(1, round(count * (factor**0.5 if name in _OF_ALL else factor)))
                for name, count in asdict(self).items()
            }
        )


_OF_ALL = frozenset({"content", "episodes"})

PRESETS: Mapping[str, Volumes] = MappingProxyType(
    {
        "report": Volumes(
            users=100_000,
            content=2_000,
            episodes=5_000,
            viewing_sessions=500_000,
            episode_viewing=30_000,
            ratings=50_000,
            search_queries=25_000,
        ),
        # A hundredth of the above; the catalogue is kept large enough to compare titles.
        "small": Volumes(
            users=1_000,
            content=60,
            episodes=100,
            viewing_sessions=5_000,
            episode_viewing=300,
            ratings=500,
            search_queries=250,
        ),
        "medium": Volumes(
            users=1_000_000,
            content=5_000,
            episodes=16_000,
            viewing_sessions=10_000_000,
            episode_viewing=600_000,
            ratings=1_000_000,
            search_queries=500_000,
        ),
        "large": Volumes(
            users=10_000_000,
            content=12_000,
            episodes=45_000,
            viewing_sessions=100_000_000,
            episode_viewing=6_000_000,
            ratings=10_000_000,
            search_queries=5_000_000,
        ),
    }
)


@dataclass(frozen=True)
class SimulationSpec:
    """Fix everything the simulated rows follow from; no clock is read.

    Attributes:
        seed: the same seed, volumes and dates give the same bytes.
        until: the last day of the history, UTC; nothing of it happens after its end.
        days: how many days of viewing there are, `until` included.
        behaviour: how people behave.
        people_at_once: how many people are drawn together, which bounds the memory that it takes.

    Raises:
        WrongUseError: when a number makes no sense.

    """

    volumes: Volumes
    seed: int
    until: date
    days: int = 365
    behaviour: Behaviour = field(default_factory=Behaviour)
    people_at_once: int = 100_000

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        counts = {field.name: getattr(self.volumes, field.name) for field in fields(Volumes)}
        if min(counts.values()) < 1:
            raise _refusal(f"Each table needs at least one row, not {counts}")
        if self.seed < 0:
            raise _refusal(f"The seed must be 0 or more, not {self.seed}")
        if not FIRST_YEAR <= self.until.year <= LAST_YEAR:
            raise _refusal(f"The last day must lie in {FIRST_YEAR} to {LAST_YEAR}, not {self.until}")
        if not 1 <= self.days <= DAYS_OF_SIGN_UPS:
            raise _refusal(f"The days of viewing must be 1 to {DAYS_OF_SIGN_UPS}, not {self.days}")

    @property
    def end(self) -> int:
        """Return the first microsecond after `until`, counted from 1970 in UTC."""
        midnight = datetime.combine(self.until + timedelta(days=1), time(), tzinfo=UTC)
        return int(midnight.timestamp()) * 1_000_000

    @property
    def viewing_start(self) -> int:
        """Return the first microsecond of viewing."""
        return self.end - self.days * DAY

    @property
    def history(self) -> Window:
        """Return the days of viewing."""
        return Window(self.viewing_start, self.end, self.end)

    @property
    def shards(self) -> int:
        """Return in how many parts the people are drawn; it depends on their number alone."""
        return max(1, round(self.volumes.users / self.people_at_once))

    @property
    def sign_up_start(self) -> int:
        """Return the first microsecond at which an account can have been made."""
        return self.end - DAYS_OF_SIGN_UPS * DAY


def _refusal(what: str) -> WrongUseError:
    return WrongUseError(
        what,
        safe="nothing was written",
        next_command=f"choose a preset ({', '.join(PRESETS)}) or mend the number",
    )
