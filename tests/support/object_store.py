"""A stand-in for S3 on this machine, and one in front of it that fails when it is told to."""

import http.client
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Event, Lock, Thread
from typing import Literal
from urllib.request import Request, urlopen

import pytest
from moto.server import ThreadedMotoServer

Failure = Literal["403", "500", "503", "drop", "lose the answer", "half an answer", "silence"]

_ANSWERS = {
    "403": b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>",
    "500": b"<Error><Code>InternalError</Code></Error>",
    "503": b"<Error><Code>SlowDown</Code></Error>",
}
_NUMBERS = count(1)
_PER_CONNECTION = {"connection", "transfer-encoding", "keep-alive", "server", "date"}


class StandIn:
    """Tell where a store is, make buckets there, and look behind what a lake shows."""

    def __init__(self, address: str) -> None:
        """Take the store's address."""
        self.address = address

    def new_bucket(self) -> str:
        """Make a bucket and return its name."""
        name = f"lake-{next(_NUMBERS)}"
        self._ask("PUT", name)
        return name

    def uploads(self, bucket: str) -> int:
        """Return how many multipart uploads were begun and neither completed nor aborted."""
        return self._ask("GET", f"{bucket}?uploads").count("<Upload>")

    def put(self, bucket: str, key: str) -> None:
        """Write an empty object under exactly this key."""
        self._ask("PUT", f"{bucket}/{key}")

    def _ask(self, method: str, path: str) -> str:
        request = Request(f"{self.address}/{path}", method=method)  # noqa: S310 - our own server
        with urlopen(request) as answer:  # noqa: S310
            return str(answer.read().decode())


class FlakyStore:
    """Pass requests on to a store, but for those that are to fail."""

    def __init__(self, behind: str) -> None:
        """Take the address of the store behind."""
        self._behind = behind.removeprefix("http://")
        self._failure: Failure | None = None
        self._matching = re.compile("")
        self._left = self._skipped = 0
        self._lock = Lock()
        self._released = Event()
        self.failed = 0

    def fail(self, failure: Failure, times: int, matching: str = "", skip: int = 0) -> None:
        """Let the next requests fail whose `METHOD /path` a pattern is found in, but for the first few."""
        with self._lock:
            self._failure, self._left, self._matching = failure, times, re.compile(matching)
            self._skipped = skip
            self.failed = 0

    def failure_for(self, request: str) -> Failure | None:
        """Return how a request is to fail; None where it is to be passed on."""
        with self._lock:
            if self._left <= 0 or not self._matching.search(request):
                return None
            if self._skipped > 0:
                self._skipped -= 1
                return None
            self._left -= 1
            self.failed += 1
            return self._failure

    def ask_behind(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        """Pass a request on and return the answer."""
        connection = http.client.HTTPConnection(self._behind)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def wait_for_release(self) -> None:
        """Say nothing until the server is stopped."""
        self._released.wait()

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Serve for a block and lend the address."""
        server = _Server(self)
        thread = Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            self._released.set()
            server.shutdown()
            server.server_close()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, store: FlakyStore) -> None:
        self.store = store
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def serve(self) -> None:
        store = self.server.store
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        failure = store.failure_for(f"{self.command} {self.path}")
        if failure == "silence":
            store.wait_for_release()
        if failure in {"drop", "silence"}:
            self.close_connection = True
        elif failure in _ANSWERS:
            self._answer(int(failure), {}, _ANSWERS[failure])
        else:
            answer = store.ask_behind(self.command, self.path, body, dict(self.headers.items()))
            if failure == "lose the answer":
                self.close_connection = True
            else:
                self._answer(*answer, half=failure == "half an answer")

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = serve  # noqa: N815 - http.server's names

    def _answer(self, status: int, headers: dict[str, str], content: bytes, *, half: bool = False) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in _PER_CONNECTION:
                self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(content)))
        with suppress(ConnectionError):
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content[: len(content) // 2] if half else content)
        self.close_connection = self.close_connection or half

    def finish(self) -> None:
        # A client that was told of an error need not listen to the end.
        with suppress(ConnectionError):
            super().finish()

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="session")
def stand_in() -> Iterator[StandIn]:
    """Run a stand-in for S3 as long as the tests last."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield StandIn(f"http://{host}:{port}")
    finally:
        server.stop()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return what lets this process speak to the store at an address, and to no other."""

    def use(address: str) -> None:
        for name in (
            "AWS_PROFILE",
            "AWS_SESSION_TOKEN",
            "AWS_ENDPOINT_URL_S3",
            "AWS_ALLOW_HTTP",
            "AWS_ENDPOINT",
        ):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "reader")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
        monkeypatch.setenv("AWS_REGION", "eu-central-1")

    return use


@pytest.fixture
def s3_url(stand_in: StandIn, aws: Callable[[str], None]) -> str:
    """Return the URL of an empty lake in the stand-in."""
    aws(stand_in.address)
    return f"s3://{stand_in.new_bucket()}/some/lake"
