"""The simulator against a row-by-row script with Faker's way of working, and against a bare COPY.

    python benchmarks/simulating.py [--preset report] [--script-rows 4000] [--large]

All fill the same tables of an embedded PostgreSQL, with all keys, checks and indexes in place:

- the simulator: `streamvision simulate` of the preset, its rows drawn while they are copied;
- a bare COPY: `COPY ... FROM STDIN` of the same rows, made beforehand as CSV;
- the script: rows made one by one in Python and written by `executemany`, as seeding scripts do; with
  `--faker` its values come from Faker, which has to be installed, else from plain lists, which is faster.

Prints rows per second and the ratios to the limits: at least 100 times the script, at least half of the COPY.
`--preset large --alone` fills 100 million sessions; look at the peak memory.
"""

import argparse
import random
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pyarrow as pa
from psycopg import sql

from _peak import peak_mib
from streamvision.adapters.service.postgres import PostgresServiceDatabase
from streamvision.adapters.source.embedded import EmbeddedServer
from streamvision.assets import asset
from streamvision.pipeline.simulate.step import PRESETS, SimulationSpec, simulate, simulated_tables

UNTIL = date(2026, 11, 22)
LEAST_OVER_SCRIPT, LEAST_OF_COPY = 100.0, 0.5


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--preset", default="report", choices=list(PRESETS))
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--script-rows", type=int, default=4_000)
    parser.add_argument("--faker", action="store_true", help="make the script's texts with Faker")
    parser.add_argument("--alone", action="store_true", help="measure the simulator only")
    arguments = parser.parse_args()
    spec = SimulationSpec(PRESETS[arguments.preset], seed=42, until=UNTIL)
    with TemporaryDirectory(prefix="streamvision-benchmark-") as folder:
        server = EmbeddedServer(f"embedded://{folder}/source")
        try:
            url = server.start()
            _compare(url, spec, arguments)
        finally:
            server.stop()


def _compare(url: str, spec: SimulationSpec, arguments: argparse.Namespace) -> None:
    rates: dict[str, list[float]] = {"simulator": [], "copy": [], "script": []}
    for _ in range(arguments.rounds):
        rates["simulator"].append(_simulated(_empty(url), spec))
        if not arguments.alone:
            rates["copy"].append(_copied(_empty(url), spec))
            rates["script"].append(_scripted(_empty(url), arguments.script_rows, with_faker=arguments.faker))
    median = {name: statistics.median(found) for name, found in rates.items() if found}
    sys.stdout.write(
        f"simulator      {median['simulator']:12,.0f} rows/s, peak memory {peak_mib():.0f} MiB\n"
    )
    if arguments.alone:
        return
    over, share = median["simulator"] / median["script"], median["simulator"] / median["copy"]
    sys.stdout.write(
        f"bare COPY      {median['copy']:12,.0f} rows/s\n"
        f"script         {median['script']:12,.0f} rows/s\n"
        f"simulator / script {over:8.1f} x ({_kept(over, LEAST_OVER_SCRIPT)})\n"
        f"simulator / COPY   {share:8.2f} x ({_kept(share, LEAST_OF_COPY)})\n"
    )


def _kept(ratio: float, limit: float) -> str:
    return f"wanted: at least {limit:g}, {'kept' if ratio >= limit else 'NOT KEPT'}"


def _empty(url: str) -> str:
    """Make a database anew and return its URL."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("drop database if exists measured with (force)")
        connection.execute("create database measured")
    measured = psycopg.conninfo.make_conninfo(url, dbname="measured")
    parts = psycopg.conninfo.conninfo_to_dict(measured)
    query = "&".join(f"{name}={value}" for name, value in parts.items() if name in {"host", "port"})
    address = f"postgresql://{parts.get('user', '')}@/measured?{query}"
    PostgresServiceDatabase(address, asset("source/migrations")).migrate()
    return address


def _simulated(url: str, spec: SimulationSpec) -> float:
    database = PostgresServiceDatabase(url, asset("source/migrations"))
    began = time.perf_counter()
    written = simulate(database, spec, lambda _table, _rows: None)
    return sum(written.values()) / (time.perf_counter() - began)


def _copied(url: str, spec: SimulationSpec) -> float:
    """Copy the same rows, made beforehand as text, and nothing more."""
    with TemporaryDirectory(prefix="streamvision-benchmark-") as folder:
        files = _written(Path(folder), spec)
        rows = sum(count for _, _, count in files)
        began = time.perf_counter()
        with psycopg.connect(url) as connection:
            for path, columns, _ in files:
                names = sql.SQL(", ").join(map(sql.Identifier, columns))
                table = sql.Identifier(path.name.split(".")[1])
                statement = sql.SQL("copy {} ({}) from stdin").format(table, names)
                with path.open("rb") as file, connection.cursor().copy(statement) as copy:
                    while block := file.read(1 << 20):
                        copy.write(block)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("analyze")
        return rows / (time.perf_counter() - began)


def _written(folder: Path, spec: SimulationSpec) -> list[tuple[Path, list[str], int]]:
    files: list[tuple[Path, list[str], int]] = []
    for number, (table, batches) in enumerate(simulated_tables(spec)):
        path, count, columns = folder / f"{number:05}.{table}", 0, list[str]()
        with path.open("w", encoding="utf-8") as file:
            for batch in batches:
                columns = batch.schema.names
                count += batch.num_rows
                file.writelines(_lines(batch))
        files.append((path, columns, count))
    return files


def _lines(batch: pa.RecordBatch) -> Iterator[str]:
    columns = [column.to_pylist() for column in batch.columns]
    for row in zip(*columns, strict=True):
        yield "\t".join(_text(value) for value in row) + "\n"


def _text(value: object) -> str:
    if value is None:
        return r"\N"
    if isinstance(value, list):
        return "{" + ",".join(f'"{each}"' for each in value) + "}"
    return str(value)


def _scripted(url: str, rows: int, *, with_faker: bool) -> float:
    """Fill users and sessions as a seeding script does; return rows per second."""
    words = FakerWords() if with_faker else Words()
    began = time.perf_counter()
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(_PLAN)
        users, titles = rows // 4, max(rows // 40, 1)
        cursor.executemany(_TITLE, [_title(number, words) for number in range(1, titles + 1)])
        cursor.executemany(_USER, [_user(number, words) for number in range(1, users + 1)])
        sessions = [_session(words, users, titles) for _ in range(rows)]
        cursor.executemany(_SESSION, sessions)
        connection.commit()
    return (users + titles + rows) / (time.perf_counter() - began)


class Words:
    """Make values from plain lists, as a hurried script does."""

    def __init__(self) -> None:
        """Begin with a seed."""
        self._chance = random.Random(42)  # noqa: S311 - nothing secret
        self._names = [f"Name{number}" for number in range(500)]

    def name(self) -> str:
        """Return a name."""
        return self._chance.choice(self._names)

    def number(self, lowest: int, highest: int) -> int:
        """Return a whole number."""
        return self._chance.randint(lowest, highest)

    def one_of(self, values: Sequence[str]) -> str:
        """Return one of some values."""
        return self._chance.choice(values)

    def country(self) -> str:
        """Return the code of a country."""
        return self._chance.choice(["US", "FR", "DE", "BR"])

    def moment(self) -> datetime:
        """Return an instant of a year."""
        return _SINCE + timedelta(seconds=self._chance.randrange(31_000_000))


class FakerWords(Words):
    """Make them with Faker."""

    def __init__(self) -> None:
        """Begin with a seed."""
        # Not among the dependencies: who asks for it has it.
        faker = import_module("faker")
        faker.Faker.seed(42)
        self._made = faker.Faker()

    def name(self) -> str:
        """Return a name."""
        return str(self._made.first_name())

    def number(self, lowest: int, highest: int) -> int:
        """Return a whole number."""
        return int(self._made.random_int(lowest, highest))

    def one_of(self, values: Sequence[str]) -> str:
        """Return one of some values."""
        return str(self._made.random_element(values))

    def country(self) -> str:
        """Return the code of a country."""
        return str(self._made.country_code())

    def moment(self) -> datetime:
        """Return an instant of a year."""
        moment: datetime = self._made.date_time_between(_SINCE, _UNTIL, tzinfo=UTC)
        return moment


_SINCE, _UNTIL = datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 12, 31, tzinfo=UTC)
_DEVICES = ("tv", "mobile", "tablet", "desktop", "console")
_PLAN = """
    insert into subscription_plans (code, name, price_cents, billing_period, max_resolution, max_streams)
    values ('basic', 'Basic', 799, 'month', 'HD', 1)
"""
_TITLE = """
    insert into content (id, title, content_type, genre, release_year, duration_minutes, content_rating,
        added_date, available_countries)
    values (%s, %s, %s, 'Drama', %s, %s, %s, '2021-01-01', '{US}')
"""
_USER = """
    insert into users (id, email, username, first_name, last_name, country, age_group, subscription_plan,
        subscription_start, created_at, payment_method, device_preference)
    values (%s, %s, %s, %s, %s, %s, %s, 'basic', %s, %s, %s, %s)
"""
_SESSION = """
    insert into viewing_sessions (user_id, content_id, started_at, ended_at, duration_seconds,
        completion_rate, playback_started, startup_ms, device_type, resolution, country, buffering_events,
        buffering_seconds, average_bitrate_kbps)
    values (%s, %s, %s, %s, %s, %s, true, %s, %s, %s, %s, %s, %s, %s)
"""


def _title(number: int, words: Words) -> tuple[object, ...]:
    kind, rating = words.one_of(("film", "series", "documentary")), words.one_of(("G", "PG", "R"))
    return number, f"{words.name()} {number}", kind, words.number(1990, 2025), words.number(20, 200), rating


def _user(number: int, words: Words) -> tuple[object, ...]:
    first, last, since = words.name(), words.name(), words.moment()
    login = f"{first}.{last}.{number}".lower()
    age, pays = words.one_of(("18-24", "25-34", "65+")), words.one_of(("card", "paypal"))
    return (
        number, f"{login}@example.com", login, first, last, words.country(), age, since, since, pays,
        words.one_of(_DEVICES),
    )  # fmt: skip


def _session(words: Words, users: int, titles: int) -> tuple[object, ...]:
    since, seconds = words.moment(), words.number(0, 6_000)
    return (
        words.number(1, users), words.number(1, titles), since, since + timedelta(seconds=seconds + 1),
        seconds,
        words.number(0, 1_000) / 1_000, words.number(200, 5_000), words.one_of(_DEVICES),
        words.one_of(("SD", "HD", "4K")), words.country(), words.number(0, 5), words.number(0, 90),
        words.number(500, 16_000),
    )  # fmt: skip


if __name__ == "__main__":
    main()
