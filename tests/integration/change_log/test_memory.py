"""Memory does not grow with a transaction, nor with what its rows hold."""

import json
import subprocess
import sys
from pathlib import Path

from tests.integration.change_log import reading_apart
from tests.integration.change_log.logged import Logged

MIB = 1024**2


def read_apart(logged: Logged, statement: str) -> dict[str, int]:
    """Read the one transaction of a statement in a process of its own."""
    first = logged.visible()
    logged.run(statement)
    script = str(Path(reading_apart.__file__))
    command = [sys.executable, script, logged.url, logged.log.name, first]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - a script of ours
    found: dict[str, int] = json.loads(done.stdout)
    return found


def test_a_transaction_of_any_size_is_read_in_pieces(logged: Logged) -> None:
    """Of ten times the changes, the peak memory shows nothing."""
    logged.begin()
    insert = (
        "insert into people select n, 'name', md5(n::text) || md5('a' || n) from generate_series({}, {}) as n"
    )
    small = read_apart(logged, insert.format(1, 30_000))
    large = read_apart(logged, insert.format(100_001, 400_000))
    assert (small["changes"], large["changes"]) == (30_000, 300_000)
    assert large["rows"] <= 16_384
    assert large["peak"] - small["peak"] < 15 * MIB < large["all_bytes"] / 2


def test_rows_of_any_size_are_read_in_pieces(logged: Logged) -> None:
    """Fewer of them make a batch."""
    logged.begin()
    insert = "insert into people select n, 'name', repeat('x', 100000) from generate_series({}, {}) as n"
    small = read_apart(logged, insert.format(1, 400))
    large = read_apart(logged, insert.format(1001, 4000))
    assert large["changes"] == 3000
    assert large["bytes"] < 10 * MIB
    assert large["peak"] - small["peak"] < 40 * MIB < large["all_bytes"] / 5
