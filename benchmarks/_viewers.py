"""Viewers of the dashboards whose browsers draw elsewhere: they ask the server what a browser asks it.

A browser that draws a page takes more of a processor than the server that serves it. Twenty of them on the
machine that is measured would be measured, not the server. These speak the protocol of Streamlit, and throw
away what they are sent.
"""

import asyncio
import random
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from itertools import cycle, islice
from threading import Semaphore, Thread

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

_CLICKS = ("device=tv", "", "device=mobile", "", "country=FR", "")
"""What a viewer filters by, one after the other, as addresses say it."""
_OPENED_WITHIN_SECONDS = 60


@contextmanager
def viewers(url: str, count: int, pause: float) -> Iterator[None]:
    """Let viewers who have opened the dashboards click on and on while the block runs.

    Args:
        url: of the dashboards.
        count: of viewers.
        pause: seconds between a viewer's clicks, in the mean.

    Raises:
        RuntimeError: when they were not all served at first.
        ExceptionGroup: when one of them was not served later.

    """
    address, opened = url.replace("http", "ws", 1) + "/_stcore/stream", Semaphore(0)
    loop, ended = asyncio.new_event_loop(), Future[None]()

    async def look() -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(count):
                group.create_task(_view(address, number, pause, opened))

    def run() -> None:
        try:
            with suppress(asyncio.CancelledError):
                loop.run_until_complete(looking)
            ended.set_result(None)
        except BaseException as error:  # noqa: BLE001 - raised below, where the block ends
            ended.set_exception(error)

    looking = loop.create_task(look())
    Thread(target=run, daemon=True).start()
    try:
        if not all(opened.acquire(timeout=_OPENED_WITHIN_SECONDS) for _ in range(count)):
            raise RuntimeError("Not all viewers were served.")
        yield
    finally:
        loop.call_soon_threadsafe(looking.cancel)
        ended.result()
        loop.close()


async def _view(address: str, number: int, pause: float, opened: Semaphore) -> None:
    pauses = random.Random(number)  # noqa: S311 - no secret
    async with connect(address, max_size=None, proxy=None) as connection:
        await _ask(connection, "")
        opened.release()
        for query in islice(cycle(_CLICKS), number, None):
            await asyncio.sleep(pauses.uniform(0, 2 * pause))
            await _ask(connection, query)


async def _ask(connection: ClientConnection, query: str) -> None:
    """Ask for the page under an address's query, and wait for the end of the answer."""
    asked = BackMsg()
    asked.rerun_script.query_string = query
    await connection.send(asked.SerializeToString())
    while True:
        answer = ForwardMsg.FromString(bytes(await connection.recv(decode=False)))
        if answer.WhichOneof("type") == "script_finished":
            if answer.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                return
            if answer.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                raise RuntimeError(f"The server did not draw the page under {query!r}.")
