"""Messages arrive at a real mail server and a real webhook, and no secret gets anywhere else."""

import logging
from collections.abc import Iterator

import pytest

from streamvision.adapters.notifier.apprise_urls import AppriseNotifier
from streamvision.domain.errors import NotificationError
from streamvision.domain.message import Message
from tests.support.post import MailServer, Webhook, mail_server, webhook

SECRET = "geheim77"  # noqa: S105 - it opens nothing; tests look for it where it must not be
MESSAGE = Message("failure", "StreamVision: größe <b>", ("it said <no> & *went*", "safe: all", "😀"))


@pytest.fixture
def mail() -> Iterator[MailServer]:
    """Lend a mail server."""
    with mail_server() as server:
        yield server


@pytest.fixture
def hook() -> Iterator[Webhook]:
    """Lend a webhook."""
    with webhook() as server:
        yield server


def sent(url: str) -> None:
    """Send the message to a URL."""
    notifier = AppriseNotifier([url])
    notifier.send(notifier.targets[0], MESSAGE)


def failure(url: str) -> NotificationError:
    """Return the error with which the message does not get to a URL."""
    with pytest.raises(NotificationError) as refused:
        sent(url)
    return refused.value


def test_a_mail_arrives_as_it_was_written(mail: MailServer) -> None:
    """With its title as the subject, in any language."""
    sent(mail.url)
    (arrived,) = mail.mails
    assert (arrived["subject"], arrived["to"]) == (MESSAGE.title, "ops@example.org")
    assert mail.texts[0].rstrip() == MESSAGE.text


def test_a_mail_as_html_shows_the_same_words(mail: MailServer) -> None:
    """What looks like a tag in an error is none."""
    sent(mail.url.replace("format=text", "format=html"))
    body = mail.mails[0].get_body(("html",))
    assert body is not None
    assert "it said &lt;no&gt; &amp; *went*" in body.get_content().replace("&nbsp;", " ")


def test_a_webhook_gets_a_document(hook: Webhook) -> None:
    """With title, text and severity, and what authorises it in its headers."""
    sent(f"json://:{SECRET}@127.0.0.1:{hook.port}/hook?+Authorization=Bearer%20{SECRET}")
    (document,) = hook.documents
    assert (document["title"], document["message"], document["type"]) == (
        MESSAGE.title,
        MESSAGE.text,
        "failure",
    )
    assert hook.headers[0]["Authorization"] == f"Bearer {SECRET}"


def test_a_mail_that_is_refused_is_an_error(mail: MailServer) -> None:
    """Nobody is told that it was sent."""
    mail.refuses = "554 no thanks"
    assert failure(mail.url).what.startswith("The message was not sent")
    assert mail.mails == []


def test_a_webhook_that_answers_with_an_error_is_told_with_it(hook: Webhook) -> None:
    """Its number says what to mend."""
    hook.status = 403
    assert "error=403" in failure(hook.url).what


@pytest.mark.parametrize(
    "url",
    [
        f"json://127.0.0.1:1/{SECRET}",
        f"json://user:{SECRET}@127.0.0.1:1/",
        f"json://127.0.0.1:1/?+Authorization=Bearer%20{SECRET}",
        f"json://{SECRET}.invalid/",
        f"mailto://127.0.0.1:1?user=a@b.org&pass={SECRET}&from=a@b.org&mode=insecure",
        f"mailto://127.0.0.1:1?from=a@b.org&mode=insecure&to={SECRET}",
        f"unknown://{SECRET}/",
        f"slack://{SECRET}/",
        f"discord://{SECRET}",
        f"tgram://{SECRET}/",
        f"https://hooks.example.org/{SECRET}",
        f"mailto://{SECRET}",
        f"json://127.0.0.1:1/%67eheim77{SECRET}%20/",
    ],
)
def test_no_secret_is_in_an_error_or_a_log(
    url: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whatever is wrong with the URL, and however much somebody logs: a scheduler keeps all of it."""
    caplog.set_level(logging.DEBUG)
    error = failure(url)
    captured = capfd.readouterr()
    assert SECRET not in f"{error} {caplog.text} {captured.out} {captured.err}"
    assert SECRET not in " ".join(AppriseNotifier([url]).targets)


def test_a_url_is_checked_without_sending(hook: Webhook) -> None:
    """The doctor looks and does not disturb people."""
    notifier = AppriseNotifier([hook.url, f"unknown://{SECRET}"])
    good, bad = notifier.targets
    notifier.check(good)
    assert hook.documents == []
    with pytest.raises(NotificationError, match="Apprise does not understand the URL"):
        notifier.check(bad)
