"""A mail server and a webhook on 127.0.0.1 that keep what they are sent."""

import asyncio
import json
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, TypeVar, cast

from aiosmtpd.smtp import SMTP, Envelope

T = TypeVar("T")


@dataclass
class MailServer:
    """Hold the mails that came.

    Attributes:
        refuses: what it answers instead of taking a mail; empty where it takes all.

    """

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    refuses: str = ""

    @property
    def url(self) -> str:
        """Return the URL at which Apprise sends mails here, as plain text."""
        return (
            f"mailto://127.0.0.1:{self.port}?from=sv@example.org&to=ops@example.org&format=text&mode=insecure"
        )

    @property
    def texts(self) -> list[str]:
        """Return the bodies of the mails."""
        bodies = [mail.get_body(("plain",)) for mail in self.mails]
        return [body.get_content().replace("\r\n", "\n") for body in bodies if body is not None]

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802 - the server's name
        """Take a mail."""
        if self.refuses:
            return self.refuses
        content = cast("bytes", envelope.content)
        self.mails.append(message_from_bytes(content, policy=policy.default))
        return "250 OK"


@dataclass
class Webhook:
    """Hold the documents that were posted.

    Attributes:
        status: what is answered.

    """

    port: int = 0
    documents: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    status: int = 200

    @property
    def url(self) -> str:
        """Return the URL at which Apprise posts JSON here."""
        return f"json://127.0.0.1:{self.port}/hook"


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Run a mail server for a block, on a loop of a thread of its own.

    The thread of a test may already have a loop that runs: the browser's tests keep one.
    """
    kept = MailServer()
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()

    def on_the_loop(work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    try:
        server = on_the_loop(
            loop.create_server(lambda: SMTP(kept, hostname="localhost", loop=loop), "127.0.0.1", 0)
        )
        kept.port = server.sockets[0].getsockname()[1]
        try:
            yield kept
        finally:
            on_the_loop(_ended(server))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _ended(server: asyncio.Server) -> None:
    """Close a server, and let go of connections that are still open."""
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@contextmanager
def webhook() -> Iterator[Webhook]:
    """Run a webhook for a block."""
    kept = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the server's name
            length = int(self.headers["Content-Length"])
            kept.documents.append(json.loads(self.rfile.read(length)))
            kept.headers.append(dict(self.headers))
            self.send_response(kept.status)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Keep silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        kept.port = server.server_port
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield kept
        finally:
            server.shutdown()
            thread.join()
