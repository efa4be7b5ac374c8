"""Sends messages by mail, to chats and to webhooks, each named by a URL of Apprise."""

import logging
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import unquote

from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType

from streamvision.domain.errors import NotificationError
from streamvision.domain.message import Message, Severity

if TYPE_CHECKING:
    from apprise import NotifyBase

_TYPES: dict[Severity, NotifyType] = {
    "info": NotifyType.INFO,
    "warning": NotifyType.WARNING,
    "failure": NotifyType.FAILURE,
}
_APPRISE, _HTTP = logging.getLogger("apprise"), logging.getLogger("urllib3")
_LEAST_OF_A_SECRET = 3


class AppriseNotifier:
    """Send to every URL by itself, so that one that does not answer keeps nothing from the others."""

    def __init__(self, urls: Sequence[str]) -> None:
        """Take the URLs; each is looked at when something is sent to it."""
        self._urls = {_name(number, url): url for number, url in enumerate(urls, 1)}

    @property
    def targets(self) -> Sequence[str]:
        """Return the targets' names: their place among the URLs and the kind of service, and no more."""
        return list(self._urls)

    def check(self, target: str) -> None:
        """See that a target is one that can be sent to, without sending.

        Raises:
            NotificationError: when its URL cannot be understood.

        """
        with _heard() as heard:
            self._service(target, heard)

    def send(self, target: str, message: Message) -> None:
        """Send a message to one of the targets."""
        with _heard() as heard:
            service = Apprise(asset=_asset())
            service.add(self._service(target, heard))
            is_sent = service.notify(
                title=message.title,
                body=message.text,
                notify_type=_TYPES[message.severity],
                body_format=NotifyFormat.TEXT,
            )
        if not is_sent:
            raise self._failed(target, "The message was not sent", heard)

    def _service(self, target: str, heard: Sequence[str]) -> "NotifyBase":
        service = Apprise.instantiate(self._urls[target], asset=_asset(), suppress_exceptions=True)
        if service is None:
            raise self._failed(target, "Apprise does not understand the URL", heard)
        return service

    def _failed(self, target: str, what: str, heard: Sequence[str]) -> NotificationError:
        reason = _without_parts_of(self._urls[target], "; ".join(heard))
        return NotificationError(
            f"{what}: {reason}" if reason else what,
            where=f"{target}, of `notify` in the profile",
            safe="the run and its data are not concerned",
            next_command="mend the URL or the service, then `streamvision notify test`",
        )


def _name(number: int, url: str) -> str:
    return f"{number} {url.partition('://')[0]}"


def _asset() -> AppriseAsset:
    # Apprise's own pictures would be fetched from its site by those who read the message.
    return AppriseAsset(
        app_id="StreamVision",
        app_desc="StreamVision",
        image_url_mask=None,
        image_url_logo=None,
        image_path_mask=None,
    )


@contextmanager
def _heard() -> Iterator[list[str]]:
    """Take what Apprise logs as a warning for a block; nothing that it logs goes anywhere else.

    What it and its libraries log below that holds whole URLs, and the log of a scheduler is read by many.
    """
    lines: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    with _alone(_APPRISE, handler), _alone(_HTTP, logging.NullHandler()), warnings.catch_warnings():
        # Of a module that Python 3.13 no longer has, and Apprise then does without.
        warnings.filterwarnings("ignore", "'imghdr' is deprecated", DeprecationWarning)
        yield lines


@contextmanager
def _alone(logger: logging.Logger, handler: logging.Handler) -> Iterator[None]:
    """Let a handler alone hear what a logger says, from warnings on."""
    before = logger.handlers[:], logger.propagate, logger.level
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.handlers, logger.propagate, level = before
        logger.setLevel(level)


def _without_parts_of(url: str, text: str) -> str:
    """Return a text in which every part that also stands in a URL is masked: any may be the secret."""
    rest = url.partition("://")[2]
    splits = (r"[^\w.~%-]+", r"\W+")
    parts = {part for whole in (rest, unquote(rest)) for split in splits for part in re.split(split, whole)}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= _LEAST_OF_A_SECRET:
            text = text.replace(part, "***")
    return text
