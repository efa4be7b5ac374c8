"""The client of the Power BI service, against a server on this machine that answers as the service does."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs

import pytest

from streamvision.adapters.powerbi.service import PowerBIService, Principal
from streamvision.domain.errors import (
    RefreshError,
    RefreshUnreachableError,
    Terminal,
    Transient,
    WrongUseError,
)
from tests.support.cli import Home
from tests.support.receiver import Request

_SECRET = "s3cr3t~value"  # noqa: S105 - of nobody
_TOKEN = "eyJ0eXAi.token"  # noqa: S105 - the same
_MODEL = "/v1.0/myorg/groups/f089354e/datasets/cfafbeb1"
_ASKED = "87f31ef7-1e3a-4006-9b0b-191693e79e9e"
# In the shapes of Microsoft's reference for "Get Refresh Execution Details In Group": while a refresh
# goes on, its status is Unknown, and the extended one tells more.
_GOES_ON = {
    "startTime": "2026-03-14T02:06:26.742",
    "type": "Full",
    "commitMode": "Transactional",
    "status": "Unknown",
    "extendedStatus": "InProgress",
    "currentRefreshType": "Full",
    "numberOfAttempts": 0,
}
_DONE = _GOES_ON | {
    "endTime": "2026-03-14T02:07:52.32",
    "status": "Completed",
    "extendedStatus": "Completed",
    "objects": [{"table": "Titles", "partition": "Titles", "status": "Completed"}],
}
_FAILED = _GOES_ON | {
    "status": "Failed",
    "extendedStatus": "Failed",
    "messages": [
        {"code": "0xC11C0002", "message": "The credentials of the source are not valid.", "type": "Error"}
    ],
}
_EVICTED = _FAILED | {
    "messages": [
        {"code": "0xC11C0020", "message": "Session cancelled: the database was evicted", "type": "Error"}
    ]
}
_BUSY = {
    "error": {
        "code": "InvalidRequest",
        "message": "Invalid dataset refresh request. Another refresh request is already executing",
    }
}


@dataclass
class Service:
    """Answer what was set, in order, and keep what was asked.

    Attributes:
        answers: status, headers and body, one for each question after the token's.
        token: the same for the token.

    """

    url: str = ""
    answers: list[tuple[int, dict[str, str], object]] = field(default_factory=list)
    token: tuple[int, object] = (200, {"token_type": "Bearer", "expires_in": 3599, "access_token": _TOKEN})
    requests: list[Request] = field(default_factory=list)

    def client(
        self, pauses: list[float] | None = None, tick: Callable[[], float] = time.monotonic
    ) -> PowerBIService:
        """Return a client that waits for nothing, and notes how long it would have waited."""
        principal = Principal("tenant", "client", _SECRET, self.url)
        waits = [] if pauses is None else pauses
        return PowerBIService(self.url + _MODEL, principal, waits.append, tick)


def _taken(location: str = "") -> tuple[int, dict[str, str], object]:
    headers = {"x-ms-request-id": _ASKED} | ({"Location": location} if location else {})
    return 202, headers, None


@pytest.fixture
def service() -> Iterator[Service]:
    """Run the server for a test."""
    kept = Service()
    with _serving(kept):
        yield kept


@contextmanager
def _serving(kept: Service) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:  # the server's name
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            kept.requests.append(Request(self.command, self.path, headers, body))
            if self.path.endswith("/token"):
                status, document = kept.token
                self._answer(status, {}, document)
            else:
                self._answer(*kept.answers.pop(0))

        do_GET = do_POST  # noqa: N815 - the server's name

        def _answer(self, status: int, headers: dict[str, str], document: object) -> None:
            text = b"" if document is None else json.dumps(document).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_arguments: object) -> None:
            """Keep silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        kept.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


def test_a_refresh_is_asked_for_and_waited_for(service: Service) -> None:
    """The token is the principal's, the refresh one transaction, and its end is asked for until it comes."""
    service.answers = [_taken(), (202, {}, _GOES_ON), (202, {}, _GOES_ON), (200, {}, _DONE)]
    pauses: list[float] = []
    refreshed = service.client(pauses).refresh()
    token, asked, *states = service.requests
    form = parse_qs(token.body.decode())
    assert token.path == "/tenant/oauth2/v2.0/token"
    assert form == {
        "grant_type": ["client_credentials"],
        "client_id": ["client"],
        "client_secret": [_SECRET],
        "scope": ["https://analysis.windows.net/powerbi/api/.default"],
    }
    assert (asked.method, asked.path) == ("POST", f"{_MODEL}/refreshes")
    assert asked.headers["authorization"] == f"Bearer {_TOKEN}"
    assert json.loads(asked.body) == {
        "type": "full",
        "commitMode": "transactional",
        "applyRefreshPolicy": True,
        "retryCount": 1,
    }
    assert [(each.method, each.path) for each in states] == [("GET", f"{_MODEL}/refreshes/{_ASKED}")] * 3
    assert refreshed.request_id == _ASKED
    assert len(pauses) == 3


def test_the_refresh_is_asked_for_where_the_service_says_it_is(service: Service) -> None:
    """The last part of the location is its name, and the host stays the one that was written."""
    service.answers = [_taken(f"https://elsewhere.example{_MODEL}/refreshes/another-name"), (200, {}, _DONE)]
    assert service.client().refresh().request_id == "another-name"
    assert service.requests[-1].path == f"{_MODEL}/refreshes/another-name"


def test_a_refresh_that_fails_is_an_error_that_says_why(service: Service) -> None:
    """What the service tells of it is passed on; another try would fail alike."""
    service.answers = [_taken(), (200, {}, _FAILED)]
    with pytest.raises(RefreshError, match="ended as Failed: The credentials of the source") as failed:
        service.client().refresh()
    assert isinstance(failed.value, Terminal)


@pytest.mark.parametrize("status", ["Cancelled", "Disabled"])
def test_a_refresh_that_is_stopped_is_an_error(service: Service, status: str) -> None:
    """Somebody stopped it, or refreshing is not allowed."""
    service.answers = [_taken(), (200, {}, {"status": status})]
    with pytest.raises(RefreshError, match=f"ended as {status}"):
        service.client().refresh()


def test_the_extended_status_tells_where_the_status_says_nothing(service: Service) -> None:
    """What has not begun goes on; what took too long has ended."""
    waiting = _GOES_ON | {"extendedStatus": "NotStarted"}
    service.answers = [
        _taken(),
        (202, {}, waiting),
        (202, {}, {"status": "InProgress"}),
        (200, {}, _GOES_ON | {"extendedStatus": "TimedOut"}),
    ]
    with pytest.raises(RefreshError, match="ended as TimedOut"):
        service.client().refresh()
    assert service.answers == []


def test_a_model_that_was_put_out_of_memory_may_be_refreshed_again(service: Service) -> None:
    """So the service's own advice for this one error."""
    service.answers = [_taken(), (200, {}, _EVICTED)]
    with pytest.raises(RefreshUnreachableError, match="ended as Failed: Session cancelled"):
        service.client().refresh()


def test_a_service_too_busy_to_tell_is_asked_again_when_it_says(service: Service) -> None:
    """The refresh goes on meanwhile: no other is begun, and the wait is the one that was told."""
    service.answers = [_taken(), (429, {"Retry-After": "40"}, None), (503, {}, None), (200, {}, _DONE)]
    pauses: list[float] = []
    assert service.client(pauses).refresh().request_id == _ASKED
    assert pauses == [15.0, 40.0, 15.0]
    assert [each.method for each in service.requests] == ["POST", "POST", "GET", "GET", "GET"]


def test_a_service_that_goes_on_being_busy_is_given_up(service: Service) -> None:
    """After some questions without an answer, and not after ten hours."""
    service.answers = [_taken(), *[(503, {}, None)] * 8]
    with pytest.raises(RefreshUnreachableError, match="503"):
        service.client().refresh()
    assert service.answers == []


def test_a_token_is_asked_for_anew_before_it_ends(service: Service) -> None:
    """It lasts for an hour, and a refresh may take longer."""
    now = [0.0]

    def tick() -> float:
        now[0] += 600.0
        return now[0]

    service.answers = [_taken(), *[(202, {}, _GOES_ON)] * 4, (200, {}, _DONE)]
    service.client(tick=tick).refresh()
    assert len([each for each in service.requests if each.path.endswith("/token")]) > 1


def test_a_login_without_a_token_is_told(service: Service) -> None:
    """A page of a proxy, for one."""
    service.token = (200, {})
    with pytest.raises(RefreshError, match="given no token"):
        service.client().refresh()


@pytest.mark.parametrize("header", ["RequestId", "x-ms-request-id"])
def test_the_name_of_a_refresh_may_come_without_its_place(service: Service, header: str) -> None:
    """In a header of its own."""
    service.answers = [(202, {header: "its-name"}, None), (200, {}, _DONE)]
    assert service.client().refresh().request_id == "its-name"


@pytest.mark.parametrize(
    ("code", "document"), [(400, _BUSY), (409, None), (429, None), (500, None), (503, {"error": "x"})]
)
def test_a_service_that_is_busy_may_be_asked_again(service: Service, code: int, document: object) -> None:
    """Another refresh goes on, too much was asked, or the service is down: a retry makes sense."""
    service.answers = [(code, {}, document)]
    with pytest.raises(RefreshUnreachableError, match=str(code)) as busy:
        service.client().refresh()
    assert isinstance(busy.value, Transient)


@pytest.mark.parametrize(
    ("code", "document"),
    [(400, {"error": {"code": "x"}}), (401, None), (403, {"error": {"code": "Forbidden"}}), (404, None)],
)
def test_a_refusal_says_what_to_look_at_and_no_secret(service: Service, code: int, document: object) -> None:
    """The principal is no member, or the address is wrong."""
    service.answers = [(code, {}, document)]
    with pytest.raises(RefreshError, match=f"answers {code}") as refused:
        service.client().refresh()
    assert _SECRET not in str(refused.value)
    assert _TOKEN not in str(refused.value)


def test_a_wrong_secret_is_told_without_it(service: Service) -> None:
    """The name of the error is told; what was sent and the description, which quotes it, are not."""
    service.token = (401, {"error": "invalid_client", "error_description": f"AADSTS7000215 {_SECRET}"})
    with pytest.raises(RefreshError, match="answers 401 invalid_client") as refused:
        service.client().refresh()
    assert _SECRET not in str(refused.value)


def test_a_redirect_is_not_followed(service: Service) -> None:
    """The token is for one host."""
    service.answers = [(307, {"Location": "https://elsewhere.example/"}, None)]
    with pytest.raises(RefreshError, match="answers 307"):
        service.client().refresh()


def test_a_refresh_that_never_ends_is_given_up(service: Service) -> None:
    """After ten hours, which pass at once here."""
    now = [0.0]

    def tick() -> float:
        now[0] += 3000.0
        return now[0]

    service.answers = [_taken(), *[(202, {}, _GOES_ON)] * 20]
    with pytest.raises(RefreshError, match="not ended after ten hours"):
        service.client(tick=tick).refresh()


def test_a_service_that_is_not_there_may_be_asked_again() -> None:
    """Nothing listens on the port of a server that has gone."""
    gone = Service()
    with _serving(gone):
        pass
    with pytest.raises(RefreshUnreachableError, match="does not answer"):
        gone.client().refresh()


def test_credentials_that_are_missing_are_named() -> None:
    """Before anything is asked of anybody."""
    with pytest.raises(WrongUseError, match="AZURE_CLIENT_SECRET not set"):
        Principal.of({"AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c"})


def test_the_command_refreshes_the_model_of_the_profile(service: Service, tmp_path: Path) -> None:
    """The variables say which model, and who signs in."""
    service.answers = [_taken(), (400, {}, {"error": {"code": "ModelRefreshFailed_CredentialsNotSpecified"}})]
    home = Home(
        tmp_path / "home",
        {
            "STREAMVISION_POWERBI": service.url + _MODEL,
            "AZURE_TENANT_ID": "tenant",
            "AZURE_CLIENT_ID": "client",
            "AZURE_CLIENT_SECRET": _SECRET,
            "AZURE_AUTHORITY_HOST": service.url,
        },
    )
    outcome = home.run("powerbi", "refresh", exits=1)
    assert "ModelRefreshFailed_CredentialsNotSpecified" in outcome.stderr
    assert _SECRET not in outcome.output
