"""Keeps to themselves the loggers of libraries that write whole addresses, which may hold a secret."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

_NOTHING = logging.CRITICAL + 1


@contextmanager
def unheard(*names: str) -> Iterator[None]:
    """Let nobody hear what some loggers, and those below them, say for the length of a block.

    Somebody may have turned debugging on, as schedulers do, and the log of a scheduler is read by many.
    """
    loggers = [logging.getLogger(name) for name in names]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(_NOTHING)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
