"""Writes files so that nobody ever reads half of one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def write_whole(path: Path, content: bytes, *, is_durable: bool = False) -> None:
    """Write a file by a rename: whoever reads it sees the old one or the new one, also when this is killed.

    Args:
        path: the file; its folder is made where it is missing.
        content: what it is to hold.
        is_durable: whether it is to be there after the power has failed.

    Raises:
        OSError: when it cannot be written; the old one stays, and nothing is left beside it.

    """
    with taking_place(path) as unfinished, unfinished.open("wb") as file:
        file.write(content)
        if is_durable:
            file.flush()
            os.fsync(file.fileno())


@contextmanager
def taking_place(path: Path) -> Iterator[Path]:
    """Lend a place beside a file; what is written there takes the file's place when the block ends.

    After an error the old file stays, and nothing is left beside it. The folder is made where it is missing.
    """
    # The process is in the name: two that write one file do not disturb each other.
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield unfinished
        unfinished.replace(path)
    except BaseException:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise
