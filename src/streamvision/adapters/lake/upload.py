"""A file that goes to an object store while it is written, and appears there when it is finished."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import Full, Queue
from threading import Thread

# A file up to this size is sent in one piece; a larger one in parts of it, which are all the memory it takes.
PART_BYTES = 8 * 1024 * 1024
_HAND_OVER_BYTES = 1024 * 1024
_LONGEST_FAREWELL_SECONDS = 30.0


class _AbandonedError(Exception):
    """Stop an upload whose writer has given up; the store then forgets its parts."""


class UnfinishedUpload:
    """Take a file's content piece by piece. Only `finish` makes it appear."""

    def __init__(
        self, put_whole: Callable[[bytes], object], put_parts: Callable[[Iterator[bytes]], object]
    ) -> None:
        """Take what sends a small file at once, and what sends the parts of a large one as they come."""
        self._put_whole, self._put_parts = put_whole, put_parts
        self._buffer = bytearray()
        self._sender: _Sender | None = None
        self._ended = False

    def write(self, content: bytes) -> int:
        """Take a piece, which its owner may change afterwards; wait while too many are on their way."""
        if self._ended:
            return 0
        view = memoryview(content).cast("B")
        self._buffer += view
        if self._sender is None and len(self._buffer) > PART_BYTES:
            self._sender = _Sender(self._put_parts)
        if self._sender is not None and len(self._buffer) >= _HAND_OVER_BYTES:
            self._hand_over()
        return len(view)

    def finish(self) -> None:
        """Make the file appear."""
        if self._sender is None:
            self._put_whole(bytes(self._buffer))
        else:
            self._hand_over()
            self._sender.finish()
        self._ended = True

    def abandon(self) -> None:
        """Forget the file, unless it is finished."""
        if not self._ended and self._sender is not None:
            self._sender.abandon()
        self._ended = True
        self._buffer.clear()

    def _hand_over(self) -> None:
        assert self._sender is not None  # noqa: S101 - tells the type checker what the callers know
        content = bytes(self._buffer)
        self._buffer.clear()
        for start in range(0, len(content), _HAND_OVER_BYTES):
            self._sender.send(content[start : start + _HAND_OVER_BYTES])


class _Sender:
    """Run one upload in a thread: obstore aborts a multipart upload only where it draws the parts itself."""

    def __init__(self, put_parts: Callable[[Iterator[bytes]], object]) -> None:
        self._put_parts = put_parts
        self._pieces: Queue[bytes | None] = Queue(maxsize=4)
        self._failure: BaseException | None = None
        self._abandoned = self._at_end = False
        self._thread = Thread(target=self._run, name="lake-upload", daemon=True)
        self._thread.start()

    def send(self, piece: bytes) -> None:
        self._raise_failure()
        self._pieces.put(piece)

    def finish(self) -> None:
        self._pieces.put(None)
        self._thread.join()
        self._raise_failure()

    def abandon(self) -> None:
        self._abandoned = True
        with suppress(Full):  # Then the thread is not waiting, and sees the mark at the next piece.
            self._pieces.put_nowait(None)
        self._thread.join(_LONGEST_FAREWELL_SECONDS)

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            self._put_parts(self._drawn())
        except _AbandonedError:
            return
        except BaseException as error:  # noqa: BLE001 - raised again where the file is written
            self._failure = error
            # A writer that is about to hand over a piece must not wait for ever.
            while not self._at_end:
                self._next()

    def _drawn(self) -> Iterator[bytes]:
        while (piece := self._next()) is not None:
            yield piece
        if self._abandoned:
            raise _AbandonedError

    def _next(self) -> bytes | None:
        piece = self._pieces.get()
        self._at_end = piece is None or self._abandoned
        return None if self._at_end else piece
