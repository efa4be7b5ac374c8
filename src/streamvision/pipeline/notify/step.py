"""The step: messages go to every target that wants them, the same trouble once in a while."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from streamvision.domain.errors import HomeError, NotificationError
from streamvision.domain.message import Message, NotifyOn, is_wanted
from streamvision.domain.notice import Notice, after_holding_back, after_sending, counted, is_due, resolved
from streamvision.ports.notifier import Notices, Notifier

ToldByTarget = dict[str, dict[str, Notice]]


@dataclass(frozen=True)
class Policy:
    """Say what people want to be told, and how often.

    Attributes:
        repeat_after: how long the same trouble is not told again.

    """

    notify_on: NotifyOn = "warning"
    repeat_after: timedelta = timedelta(hours=12)


@dataclass(frozen=True)
class Delivery:
    """Tell what became of one message to one target.

    Attributes:
        target: its name, which holds no secret; empty where none is concerned.
        state: `held back` where the same was told not long ago.
        reason: why it failed; empty otherwise.

    """

    target: str
    title: str
    state: Literal["sent", "held back", "failed"]
    reason: str = ""

    @property
    def line(self) -> str:
        """Return it in a line."""
        reason = f": {self.reason}" if self.reason else ""
        target = f" to {self.target}" if self.target else ""
        return f"message{target} {self.state}: {self.title}{reason}"


def notify(
    notifier: Notifier,
    notices: Notices,
    messages: Sequence[Message],
    policy: Policy,
    now: Callable[[], datetime],
) -> list[Delivery]:
    """Send messages; nothing that goes wrong is raised, all of it is returned.

    A kill between sending and remembering makes a message come twice, and never makes one stay away. Where
    what was told cannot be remembered, all is sent.
    """
    deliveries: list[Delivery] = []
    if not notifier.targets:
        return deliveries
    is_open = False
    try:
        with notices.opened() as told:
            is_open = True
            _send_due(notifier, told, messages, policy, now, deliveries)
    except HomeError as error:
        if not is_open:
            _send_due(notifier, {}, messages, policy, now, deliveries)
        what = f"what was told cannot be remembered: {error.what}"
        deliveries.append(Delivery("", "all messages", "failed", what))
    return deliveries


def send_all(notifier: Notifier, message: Message) -> list[Delivery]:
    """Send a message to every target, whatever was told before."""
    return [_sent(notifier, target, message) for target in notifier.targets]


def _send_due(
    notifier: Notifier,
    told: ToldByTarget,
    messages: Sequence[Message],
    policy: Policy,
    now: Callable[[], datetime],
    deliveries: list[Delivery],
) -> None:
    for target in notifier.targets:
        for message in messages:
            known = told.get(target, {})
            if not (is_wanted(message.severity, policy.notify_on) or resolved(known, message)):
                continue
            if not is_due(known, message, now(), policy.repeat_after):
                told[target] = after_holding_back(known, message, now())
                deliveries.append(Delivery(target, message.title, "held back"))
                continue
            delivery = _sent(notifier, target, counted(known, message))
            deliveries.append(delivery)
            if delivery.state == "sent":
                told[target] = after_sending(known, message, now())


def _sent(notifier: Notifier, target: str, message: Message) -> Delivery:
    try:
        notifier.send(target, message)
    except NotificationError as error:
        return Delivery(target, message.title, "failed", error.what)
    except Exception as error:  # noqa: BLE001 - a service's own code; its words may hold a secret
        return Delivery(target, message.title, "failed", type(error).__name__)
    return Delivery(target, message.title, "sent")
