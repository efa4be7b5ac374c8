"""The lock that keeps two runs apart."""

from contextlib import AbstractContextManager
from typing import Protocol


class RunLock(Protocol):
    """Let one run at a time change lake and warehouse."""

    def hold(self, run_id: str, command: str) -> AbstractContextManager[None]:
        """Hold the lock for a block; a process that dies lets go of it.

        Raises:
            RunInProgressError: when another run holds it, saying which and since when.

        """
        ...

    def check(self) -> None:
        """Make sure, within the block, that the lock is still held; ask before anything becomes final.

        Raises:
            LeaseLostError: when another run may have taken over.
            LakeError: when the lock is kept in the lake, which does not answer.

        """
        ...
