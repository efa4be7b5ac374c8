"""Profiles: which source, lake and warehouse a command works on.

A profile is three URLs. `local` is built in; others stand in `streamvision.toml`. The variables
STREAMVISION_SOURCE, STREAMVISION_LAKE and STREAMVISION_WAREHOUSE override the profile that is in use.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

from streamvision.domain.batch import FileFormat
from streamvision.domain.errors import WrongUseError

LOCAL = "local"
CONFIG_NAME = "streamvision.toml"
_FIELDS = ("source", "lake", "warehouse")
_FORMATS: dict[object, FileFormat] = {"parquet": "parquet", "csv": "csv"}
_SECRET_PARAMETER = re.compile(
    r"((?:^|[?&;])[^=&?]*(?:password|passphrase|secret|token|key)[^=&]*=)[^&]*", re.IGNORECASE
)


@dataclass(frozen=True)
class Profile:
    """Hold what a command needs to know about where things are.

    Attributes:
        lake_format: how new files of the lake are written.
        home: the folder for everything that lives on this machine.

    """

    name: str
    source: str
    lake: str
    warehouse: str
    lake_format: FileFormat
    home: Path


def home_folder(environment: Mapping[str, str], folder: Path) -> Path:
    """Return STREAMVISION_HOME, or `.streamvision` in the working folder."""
    return (folder / (environment.get("STREAMVISION_HOME") or ".streamvision")).expanduser().resolve()


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
    for field in _FIELDS:
        override = environment.get(f"STREAMVISION_{field.upper()}")
        if override:
            written[field] = override
        if not written.get(field):
            raise _wrong(
                f"The profile {chosen!r} names no {field}", origin, f"set STREAMVISION_{field.upper()}"
            )
    lake_format = environment.get("STREAMVISION_LAKE_FORMAT") or written.get("lake_format", "parquet")
    if lake_format not in _FORMATS:
        raise _wrong(f"lake_format is {lake_format!r}, not parquet or csv", origin, f"mend {CONFIG_NAME}")
    return Profile(
        name=chosen,
        source=written["source"],
        lake=written["lake"],
        warehouse=written["warehouse"],
        lake_format=_FORMATS[lake_format],
        home=home,
    )


def masked(url: str) -> str:
    """Return a URL with every secret in it replaced by ***; one that cannot be read, wholly."""
    try:
        parts = urlsplit(url)
        netloc = parts.netloc
        if parts.password is not None:
            netloc = f"{parts.username or ''}:***@{netloc.rpartition('@')[2]}"
    except ValueError:
        return "***"
    query = _SECRET_PARAMETER.sub(r"\1***", parts.query)
    return _join(parts._replace(netloc=netloc, query=query))


def _join(parts: SplitResult) -> str:
    # urlunsplit drops the empty authority of `duckdb:///path` for schemes that it does not know.
    joined = urlunsplit(parts)
    if not parts.netloc and parts.path.startswith("/") and "://" not in joined:
        return joined.replace(":", "://", 1)
    return joined


def _local_profile(home: Path) -> dict[str, str]:
    def url(scheme: str, path: Path) -> str:
        return f"{scheme}://{quote(str(path))}"

    return {
        "source": url("embedded", home / "source"),
        "lake": url("file", home / "lake"),
        "warehouse": url("duckdb", home / "warehouse" / "streamvision_wh.duckdb"),
    }


def _read_config(environment: Mapping[str, str], folder: Path) -> tuple[dict[str, object], str]:
    path = folder / (environment.get("STREAMVISION_CONFIG") or CONFIG_NAME)
    if not path.exists():
        return {}, f"{CONFIG_NAME} (there is none) and the environment"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")), str(path)
    except (OSError, ValueError) as error:
        raise _wrong(f"{CONFIG_NAME} cannot be read: {error}", str(path), f"mend {path}") from error


def _read_profiles(config: Mapping[str, object]) -> dict[str, dict[str, str]]:
    profiles = config.get("profiles", {})
    if not isinstance(profiles, dict) or not all(isinstance(fields, dict) for fields in profiles.values()):
        raise _wrong("`profiles` is not a table of profiles", CONFIG_NAME, f"mend {CONFIG_NAME}")
    known = {*_FIELDS, "lake_format"}
    for name, fields in profiles.items():
        unknown = fields.keys() - known
        if unknown:
            raise _wrong(
                f"The profile {name!r} has unknown fields: {sorted(unknown)}",
                CONFIG_NAME,
                f"mend {CONFIG_NAME}",
            )
    return {name: {key: str(value) for key, value in fields.items()} for name, fields in profiles.items()}


def _expand(value: str, environment: Mapping[str, str], origin: str) -> str:
    """Replace ${NAME} by the environment's value, so that no secret need stand in a file."""

    def replacement(match: re.Match[str]) -> str:
        if match[1] not in environment:
            raise _wrong(f"The variable {match[1]} is not set", origin, f"export {match[1]}=...")
        return environment[match[1]]

    return re.sub(r"\$\{(\w+)\}", replacement, value)


def _wrong(what: str, where: str, next_command: str) -> WrongUseError:
    return WrongUseError(what, where=where, safe="nothing was changed", next_command=next_command)
