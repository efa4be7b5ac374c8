"""Somebody who looks at the dashboards all the time."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from streamvision.adapters.warehouse.duckdb.published import PublishedMarts
from tests.support.cli import Home

_QUERY = """
    select batch_id, (select sum(sessions) from marts.content_performance) as sessions
    from ops.publication
"""
_PAUSE_SECONDS = 0.02

Look = tuple[str, int]
"""The batch shown, and the sum of its sessions."""


@contextmanager
def looking_at(home: Home) -> Iterator[list[Look | Exception]]:
    """Look at a home's published marts over and over for a block; lend what was seen, errors included."""
    seen: list[Look | Exception] = []
    end = Event()

    def look() -> None:
        marts = PublishedMarts(home.published)
        while not end.wait(_PAUSE_SECONDS):
            try:
                (row,) = marts.query(_QUERY).to_pylist()
                seen.append((row["batch_id"], int(row["sessions"])))
            except Exception as error:  # noqa: BLE001 - whatever a reader meets is what the test asks for
                seen.append(error)

    reader = Thread(target=look)
    reader.start()
    try:
        yield seen
    finally:
        end.set()
        reader.join()
