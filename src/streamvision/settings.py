"""Profiles: which source, lake and warehouse a command works on.

A profile is three URLs, and how the source is read. `local` is built in; others stand in `streamvision.toml`.
A variable of the environment, STREAMVISION_ and the field's name, overrides a field of the profile in use.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import quote, unquote, urlsplit

from streamvision.domain.alert import LIMIT_NAMES, AlertLimits, with_limits
from streamvision.domain.batch import FileFormat
from streamvision.domain.errors import WrongUseError
from streamvision.domain.message import NotifyOn

LOCAL = "local"
CONFIG_NAME = "streamvision.toml"
Extracting = Literal["snapshot", "changes", "cursor"]
Contracts = Literal["declared", "derive"]
LogFormat = Literal["text", "json"]
T = TypeVar("T")
_URLS = ("source", "lake", "warehouse")
_FORMATS: dict[str, FileFormat] = {"parquet": "parquet", "csv": "csv", "csv.gz": "csv.gz"}
_EXTRACTIONS: dict[str, Extracting] = {"snapshot": "snapshot", "changes": "changes", "cursor": "cursor"}
_CONTRACTS: dict[str, Contracts] = {"declared": "declared", "derive": "derive"}
_LOG_FORMATS: dict[str, LogFormat] = {"text": "text", "json": "json"}
_WATCHED_AT = ("metrics", "traces", "lineage")
"""The fields that say where runs are told of to machines."""
_FLAGS = {"true": True, "false": False}
_NOTIFY_ON: dict[str, NotifyOn] = {"failure": "failure", "warning": "warning", "always": "always"}
_OPTIONAL = (
    "lake_format",
    "extraction",
    "contracts",
    "tables",
    "views",
    "memory_limit",
    "notify",
    "notify_on",
    "notify_repeat_hours",
    *_WATCHED_AT,
    "alerts",
    "log_format",
    "dashboard_url",
    "powerbi",
)
_MEMORY = re.compile(r"\d+(\.\d+)? ?[KMGT](i?)B")
# A comma may stand within a URL; what comes before the next scheme parts two of them.
_BETWEEN_TARGETS = re.compile(r"(?:\s*,\s*|\s+)(?=[A-Za-z][\w+.-]*://)")
_TARGET = re.compile(r"[A-Za-z][\w+.-]*://\S+")
_NUMBER = re.compile(r"\d+(\.\d+)?")
_MOST_HOURS = 720
_LEAST_OF_A_SECRET = 4
"""Shorter ones are masked in URLs, and would be found in any text."""
_SECRET_NAME = re.compile(r"password|passphrase|secret|token|key", re.IGNORECASE)


@dataclass(frozen=True)
class Profile:
    """Hold what a command needs to know about where things are.

    Attributes:
        lake_format: how new files of the lake are written.
        home: the folder for everything that lives on this machine.
        extraction: what is read of a table of which the lake has a batch: all of it, what its log tells, or
            the rows that came or changed.
        contracts: `declared` where the project's own count; `derive` where each follows from the catalogue.
        tables: `schema.table` with * and ?, for contracts that are derived; without any, all tables.
        views: whether contracts are derived for views too.
        memory_limit: what an embedded warehouse may take, such as `4GB`; empty for its own choice.
        notify: the URLs of Apprise at which people are told how runs went; secrets, all of them.
        notify_on: from which severity on they are told.
        notify_repeat_hours: how long the same trouble is not told again.
        metrics: a folder or a Pushgateway that gets the metrics of runs; empty for none, as are the next two.
        traces: a collector that gets the traces of runs.
        lineage: a folder or a server that gets the events of OpenLineage.
        alerts: from where on people are to be called.
        log_format: how the lines on the standard error are written.
        dashboard_url: where people open the dashboards; empty where nobody has said so.
        powerbi: the address of the Power BI model that reads what is published; empty where there is none.

    """

    name: str
    source: str
    lake: str
    warehouse: str
    lake_format: FileFormat
    home: Path
    extraction: Extracting = "snapshot"
    contracts: Contracts = "declared"
    tables: tuple[str, ...] = ()
    views: bool = False
    memory_limit: str = ""
    notify: tuple[str, ...] = ()
    notify_on: NotifyOn = "warning"
    notify_repeat_hours: float = 12.0
    metrics: str = ""
    traces: str = ""
    lineage: str = ""
    alerts: AlertLimits = field(default_factory=AlertLimits)
    log_format: LogFormat = "text"
    dashboard_url: str = ""
    powerbi: str = ""

    @property
    def file_name(self) -> str:
        """Return the name as it can stand in a path."""
        return quote(self.name, safe="").replace(".", "%2E")


def home_folder(environment: Mapping[str, str], folder: Path) -> Path:
    """Return STREAMVISION_HOME, or `.streamvision` in the working folder.

    Raises:
        WrongUseError: when no folder can be there.

    """
    home = folder / Path(environment.get("STREAMVISION_HOME") or ".streamvision").expanduser()
    home = home.resolve()
    existing = next(path for path in (home, *home.parents) if path.exists())
    if not existing.is_dir():
        raise _wrong(f"{existing} is a file, not a folder", "STREAMVISION_HOME", "name another folder")
    if "?" in str(home):
        raise _wrong("A path with ? cannot hold the warehouse", str(home), "set STREAMVISION_HOME")
    return home


def profile_names(environment: Mapping[str, str], folder: Path) -> list[str]:
    """Return the profiles that can be chosen, the built-in one first.

    Raises:
        WrongUseError: when the file of profiles cannot be understood.

    """
    return list(dict.fromkeys([LOCAL, *_read_profiles(_read_config(environment, folder)[0])]))


def load_profile(name: str | None, environment: Mapping[str, str], folder: Path) -> Profile:
    """Return a profile by name; without one, STREAMVISION_PROFILE, the file's default, or `local`.

    Raises:
        WrongUseError: when there is no such profile, or a part of it is missing or makes no sense.

    """
    config, origin = _read_config(environment, folder)
    home = home_folder(environment, folder)
    chosen = name or environment.get("STREAMVISION_PROFILE") or str(config.get("default_profile", LOCAL))
    profiles = {LOCAL: _local_profile(home)} | _read_profiles(config)
    if chosen not in profiles:
        raise _wrong(f"There is no profile {chosen!r}", origin, "streamvision profile list")
    written = {key: _expand(value, environment, origin) for key, value in profiles[chosen].items()}
    for part in (*_URLS, *_OPTIONAL):
        override = environment.get(f"STREAMVISION_{part.upper()}")
        if override:
            written[part] = override
        if part in _URLS and not written.get(part):
            raise _wrong(
                f"The profile {chosen!r} names no {part}", origin, f"set STREAMVISION_{part.upper()}"
            )
    # The source is never changed without being asked; a log that is kept is a change, unless it is our own.
    usual = "changes" if written["source"].startswith("embedded:") else "snapshot"
    profile = Profile(
        name=chosen,
        source=written["source"],
        lake=written["lake"],
        warehouse=written["warehouse"],
        lake_format=_one_of(_FORMATS, written, "lake_format", "parquet", origin),
        home=home,
        extraction=_one_of(_EXTRACTIONS, written, "extraction", usual, origin),
        contracts=_one_of(_CONTRACTS, written, "contracts", "declared", origin),
        tables=tuple(filter(None, map(str.strip, written.get("tables", "").split(",")))),
        views=_one_of(_FLAGS, written, "views", "false", origin),
        memory_limit=_memory(written.get("memory_limit", ""), origin),
        notify=_targets(written.get("notify", ""), origin),
        notify_on=_one_of(_NOTIFY_ON, written, "notify_on", "warning", origin),
        notify_repeat_hours=_hours(written.get("notify_repeat_hours", "12"), origin),
        metrics=_address(written, "metrics", origin, "file"),
        traces=_address(written, "traces", origin),
        lineage=_address(written, "lineage", origin, "file"),
        alerts=_limits(written.get("alerts", ""), origin),
        log_format=_one_of(_LOG_FORMATS, written, "log_format", "text", origin),
        dashboard_url=_address(written, "dashboard_url", origin).rstrip("/"),
        powerbi=_address(written, "powerbi", origin).rstrip("/"),
    )
    _check_choice(profile, origin)
    return profile


def with_choice(profile: Profile, *, derive: bool, tables: Sequence[str], views: bool) -> Profile:
    """Return a profile with what a command's options say of contracts; what they leave out stays.

    Raises:
        WrongUseError: when tables are chosen while the project's own contracts count.

    """
    chosen = replace(
        profile,
        contracts="derive" if derive else profile.contracts,
        tables=tuple(tables) or profile.tables,
        views=views or profile.views,
    )
    _check_choice(chosen, "the command's options")
    return chosen


def masked(url: str) -> str:
    """Return a URL with every secret in it replaced by ***; where in doubt, more than the secret."""
    address, question, query = _hide_password(url).partition("?")
    parameters = re.split("([&;])", query)
    return address + question + "".join(_hide_parameter(parameter) for parameter in parameters)


def masked_target(url: str) -> str:
    """Return a URL of `notify` with all but its scheme replaced by ***: any part of it may be the secret."""
    return f"{url.partition('://')[0]}://***"


def without_secrets(profile: Profile, text: str) -> str:
    """Return a text in which no secret of the profile's URLs is left."""
    urls = (profile.source, profile.lake, profile.warehouse, profile.dashboard_url, profile.powerbi)
    urls += tuple(filter(None, (getattr(profile, field) for field in _WATCHED_AT)))
    shown = {url: masked(url) for url in urls} | {url: masked_target(url) for url in profile.notify}
    shown |= {secret: "***" for url in urls for secret in _secrets(url) if len(secret) >= _LEAST_OF_A_SECRET}
    # What holds another secret goes first.
    for secret in sorted(shown, key=len, reverse=True):
        text = text.replace(secret, shown[secret])
    return text


def _secrets(url: str) -> Iterator[str]:
    found = re.match(r"\w[\w+.-]*://[^:/@]*:(.+)@", url)
    parameters = (each.partition("=") for each in re.split("[?&;]", url))
    written = [found[1]] if found else []
    written += [value for name, _, value in parameters if _SECRET_NAME.search(unquote(name))]
    for secret in filter(None, written):
        yield from {secret, unquote(secret)}


def _hide_password(url: str) -> str:
    # Not by a URL's grammar: libpq takes # and ? for parts of a password.
    hidden, found = re.subn(r"^(\w[\w+.-]*://[^:/@]*):[^/]*@", r"\1:***@", url)
    if found:
        return hidden
    # A slash in a password is wrong and happens; a port before a path is not a password.
    return re.sub(r"^(\w[\w+.-]*://[^:/@]*):(?!\d*(?:[/,]|$)).*@", r"\1:***@", url)


def _hide_parameter(parameter: str) -> str:
    name, equals, _ = parameter.partition("=")
    return f"{name}=***" if equals and _SECRET_NAME.search(unquote(name)) else parameter


def _local_profile(home: Path) -> dict[str, str]:
    def url(scheme: str, path: Path) -> str:
        return f"{scheme}://{quote(str(path))}"

    return {
        "source": url("embedded", home / "source"),
        "lake": url("file", home / "lake"),
        "warehouse": url("duckdb", home / "warehouse" / "streamvision_wh.duckdb"),
    }


def config_file(environment: Mapping[str, str], folder: Path) -> Path | None:
    """Return the file of profiles: the one that STREAMVISION_CONFIG names, else that of the working folder.

    Raises:
        WrongUseError: when the file named is not there.

    """
    named = environment.get("STREAMVISION_CONFIG")
    path = folder / Path(named or CONFIG_NAME).expanduser()
    if path.exists():
        return path
    if named:
        raise _wrong(f"There is no file {path}", "STREAMVISION_CONFIG", "name a file that is there")
    return None


def _read_config(environment: Mapping[str, str], folder: Path) -> tuple[dict[str, object], str]:
    path = config_file(environment, folder)
    if path is None:
        return {}, f"{CONFIG_NAME} (there is none) and the environment"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")), str(path)
    except (OSError, ValueError) as error:
        raise _wrong(f"{CONFIG_NAME} cannot be read: {error}", str(path), f"mend {path}") from error


def _read_profiles(config: Mapping[str, object]) -> dict[str, dict[str, str]]:
    profiles = config.get("profiles", {})
    if not isinstance(profiles, dict) or not all(isinstance(fields, dict) for fields in profiles.values()):
        raise _wrong("`profiles` is not a table of profiles", CONFIG_NAME, f"mend {CONFIG_NAME}")
    known = {*_URLS, *_OPTIONAL}
    for name, fields in profiles.items():
        unknown = fields.keys() - known
        if unknown:
            raise _wrong(
                f"The profile {name!r} has unknown fields: {sorted(unknown)}",
                CONFIG_NAME,
                f"mend {CONFIG_NAME}",
            )
    return {
        name: {key: _as_text(value) for key, value in fields.items()} for name, fields in profiles.items()
    }


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _one_of(known: Mapping[str, T], written: Mapping[str, str], field: str, usual: str, origin: str) -> T:
    value = written.get(field, usual)
    if value not in known:
        *others, last = known
        raise _wrong(
            f"{field} is {value!r}, not {', '.join(others)} or {last}",
            origin,
            f"mend {CONFIG_NAME}, or STREAMVISION_{field.upper()}",
        )
    return known[value]


def _memory(value: str, origin: str) -> str:
    if value and not _MEMORY.fullmatch(value):
        raise _wrong(
            f"memory_limit is {value!r}, not a number of MB, GB or the like",
            origin,
            f"write it as '4GB' in {CONFIG_NAME}, or in STREAMVISION_MEMORY_LIMIT",
        )
    return value


def _targets(value: str, origin: str) -> tuple[str, ...]:
    targets = tuple(filter(None, (each.strip(" ,") for each in _BETWEEN_TARGETS.split(value.strip()))))
    if not all(_TARGET.fullmatch(target) for target in targets):
        # What was written is not shown: it may hold a secret.
        raise _wrong(
            "notify holds something that is not a URL",
            origin,
            "write the URLs of Apprise, such as 'mailto://...', with special characters percent-encoded",
        )
    return targets


def _hours(value: str, origin: str) -> float:
    try:
        hours = float(value)
    except ValueError:
        hours = -1.0
    if not 0 <= hours <= _MOST_HOURS:
        raise _wrong(
            f"notify_repeat_hours is {value!r}, not a number of hours from 0 to {_MOST_HOURS}",
            origin,
            f"mend {CONFIG_NAME}, or STREAMVISION_NOTIFY_REPEAT_HOURS",
        )
    return hours


def _address(written: Mapping[str, str], field: str, origin: str, *others: str) -> str:
    """Return the address of a service, or of a folder where one may be; empty where none was written."""
    url = written.get(field, "").strip()
    if not url:
        return ""
    parts = urlsplit(url)
    of_service = parts.scheme in {"http", "https"} and bool(parts.netloc)
    of_folder = parts.scheme in others and not parts.netloc and parts.path.startswith("/")
    if not (of_service or of_folder):
        # What was written is not shown: it may hold a secret.
        folder = "file:///folder or " if others else ""
        raise _wrong(
            f"{field} is not {folder}http://host:port",
            origin,
            f"mend {CONFIG_NAME}, or STREAMVISION_{field.upper()}",
        )
    return url


def _limits(value: str, origin: str) -> AlertLimits:
    """Return the limits of alerts, of which some are written as `name=number`, with commas between."""
    limits: dict[str, float] = {}
    for each in filter(None, map(str.strip, value.split(","))):
        name, _, number = map(str.strip, each.partition("="))
        if name not in LIMIT_NAMES or not _NUMBER.fullmatch(number):
            raise _wrong(
                f"alerts holds {each!r}, not a limit and its number",
                origin,
                f"write it as '{LIMIT_NAMES[0]}=26'; the limits are {', '.join(LIMIT_NAMES)}",
            )
        limits[name] = float(number)
    return with_limits(limits)


def _check_choice(profile: Profile, origin: str) -> None:
    """Refuse a choice of tables that would choose nothing."""
    for pattern in profile.tables:
        schema, dot, table = pattern.partition(".")
        if not (schema and dot and table):
            raise _wrong(
                f"{pattern!r} names no schema and table", origin, "write it as 'schema.table', with * and ?"
            )
    if profile.contracts == "declared" and (profile.tables or profile.views):
        raise _wrong(
            "Tables and views can be chosen only where contracts are derived; the project's own say which"
            " tables there are",
            origin,
            'add --derive-contracts, or `contracts = "derive"` to the profile',
        )


def _expand(value: str, environment: Mapping[str, str], origin: str) -> str:
    """Replace ${NAME} by the environment's value, so that no secret need stand in a file."""

    def replacement(match: re.Match[str]) -> str:
        if match[1] not in environment:
            raise _wrong(f"The variable {match[1]} is not set", origin, f"export {match[1]}=...")
        return environment[match[1]]

    return re.sub(r"\$\{(\w+)\}", replacement, value)


def _wrong(what: str, where: str, next_command: str) -> WrongUseError:
    return WrongUseError(what, where=where, safe="nothing was changed", next_command=next_command)
