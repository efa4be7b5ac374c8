"""Asks the Power BI service for an enhanced refresh of a semantic model, as a service principal."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from streamvision.domain.errors import (
    RefreshError,
    RefreshUnreachableError,
    StreamVisionError,
    WrongUseError,
)
from streamvision.ports.refresher import Refreshed

_SCOPE = "https://analysis.windows.net/powerbi/api/.default"
_AUTHORITY = "https://login.microsoftonline.com"
_CREDENTIALS = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")
_TIMEOUT_SECONDS = 60.0
_ASK_AGAIN_SECONDS = 15.0
_LONGEST_SECONDS = 5 * 3600.0
_BUSY = 429
_SERVER_FAILS = 500
_ALREADY_AT_WORK = "RefreshInProgressException"
_SAFE = "the marts are published; the model shows what it showed before"
_WHERE = "`powerbi` of the profile"


@dataclass(frozen=True)
class Principal:
    """Hold what a service principal signs in with."""

    tenant: str
    client: str
    secret: str
    authority: str = _AUTHORITY

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Principal":
        """Read it from the variables that Azure's own tools read.

        Raises:
            WrongUseError: when one of them is missing.

        """
        missing = [name for name in _CREDENTIALS if not environment.get(name)]
        if missing:
            raise WrongUseError(
                f"Nothing says who signs in to Power BI: {', '.join(missing)} not set",
                where=_WHERE,
                safe=_SAFE,
                next_command=f"export {missing[0]}=...",
            )
        tenant, client, secret = (environment[name] for name in _CREDENTIALS)
        return cls(tenant, client, secret, environment.get("AZURE_AUTHORITY_HOST") or _AUTHORITY)


class _NoRedirects(HTTPRedirectHandler):
    """Follow none: a token is for one host alone."""

    def redirect_request(self, *_arguments: Any, **_options: Any) -> None:  # noqa: ANN401 - urllib's own
        return None


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    document: Mapping[str, Any]


class PowerBIService:
    """Refresh one semantic model."""

    def __init__(
        self,
        model_url: str,
        principal: Principal,
        pause: Callable[[float], None],
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the model's address in the REST API, and how time passes between two questions.

        Args:
            model_url: `https://api.powerbi.com/v1.0/myorg/groups/<workspace>/datasets/<model>`.
            principal: who signs in.
            pause: waits so many seconds.
            tick: tells seconds from some moment on.

        """
        self._url = model_url.rstrip("/")
        self._principal, self._pause, self._tick = principal, pause, tick
        self._opener = build_opener(_NoRedirects)

    def refresh(self) -> Refreshed:
        """Ask for a refresh of all tables in one transaction, and wait for its end."""
        begun = self._tick()
        token = self._token()
        wanted = {"type": "full", "commitMode": "transactional", "applyRefreshPolicy": True, "retryCount": 1}
        asked = self._ask("POST", f"{self._url}/refreshes", token, wanted)
        request_id = _request_id(asked)
        while True:
            self._pause(_ASK_AGAIN_SECONDS)
            if self._tick() - begun > _LONGEST_SECONDS:
                raise _failed(f"The refresh {request_id} has not ended after five hours")
            state = self._ask("GET", f"{self._url}/refreshes/{quote(request_id, safe='')}", token, None)
            status = str(state.document.get("status", ""))
            # While it goes on, its status is Unknown, and the answer is 202.
            if status == "Completed":
                return Refreshed(request_id, self._tick() - begun)
            if status in {"Failed", "Cancelled", "Disabled"}:
                raise _failed(f"The refresh {request_id} ended as {status}{_told(state.document)}")

    def _token(self) -> str:
        who = self._principal
        form = {
            "grant_type": "client_credentials",
            "client_id": who.client,
            "client_secret": who.secret,
            "scope": _SCOPE,
        }
        url = f"{who.authority.rstrip('/')}/{quote(who.tenant, safe='')}/oauth2/v2.0/token"
        request = Request(url, data=urlencode(form).encode(), method="POST")  # noqa: S310 - checked to be http(s)
        return str(self._send(request).document["access_token"])

    def _ask(self, method: str, url: str, token: str, body: Mapping[str, object] | None) -> _Answer:
        request = Request(url, method=method, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - the same
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        return self._send(request)

    def _send(self, request: Request) -> _Answer:
        try:
            with self._opener.open(request, timeout=_TIMEOUT_SECONDS) as answer:
                return _Answer(answer.status, dict(answer.headers), _document(answer.read()))
        except HTTPError as error:
            with error:
                raise _refused(error.code, _document(error.read()), request) from None
        except (URLError, TimeoutError, OSError) as error:
            reason = getattr(error, "reason", error)
            raise RefreshUnreachableError(
                f"{urlsplit(request.full_url).netloc} does not answer: {reason}",
                where=_WHERE,
                safe=_SAFE,
                next_command="streamvision powerbi refresh",
            ) from None


def _document(text: bytes) -> Mapping[str, Any]:
    """Return an answer's JSON; a proxy's page is none."""
    try:
        found = json.loads(text or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _request_id(asked: _Answer) -> str:
    headers = {name.lower(): value for name, value in asked.headers.items()}
    # The last part of where the refresh can be asked for; older answers have the name alone.
    found = headers.get("location", "").rstrip("/").rpartition("/")[2] or headers.get("x-ms-request-id", "")
    if not found:
        raise _failed("Power BI has taken the refresh, and does not say by which name")
    return found


def _refused(code: int, document: Mapping[str, Any], request: Request) -> StreamVisionError:
    """Explain a refusal. What was sent is never told: it holds the secret, or the token."""
    error = document.get("error")
    name = str(error.get("code", "")) if isinstance(error, dict) else str(error or "")
    words = f"{urlsplit(request.full_url).netloc} answers {code} {name}".strip()
    if code == _BUSY or code >= _SERVER_FAILS or name == _ALREADY_AT_WORK:
        return RefreshUnreachableError(
            words, where=_WHERE, safe=_SAFE, next_command="streamvision powerbi refresh"
        )
    return RefreshError(
        words,
        where=_WHERE,
        safe=_SAFE,
        next_command="let the service principal be a member of the workspace, check the address, the AZURE_*"
        " variables and the tenant's setting for service principals; then `streamvision powerbi refresh`",
    )


def _told(document: Mapping[str, Any]) -> str:
    """Return what the service says of why: its messages are of tables and sources, not of data."""
    messages = [
        str(each.get("message", "")) for each in document.get("messages", ()) if isinstance(each, dict)
    ]
    if not messages and document.get("serviceExceptionJson"):
        messages = [str(_document(str(document["serviceExceptionJson"]).encode()).get("errorCode", ""))]
    return ": " + "; ".join(filter(None, messages)) if any(messages) else ""


def _failed(what: str) -> RefreshError:
    return RefreshError(
        what,
        where=_WHERE,
        safe=_SAFE,
        next_command="read the model's refresh history in the service, then `streamvision powerbi refresh`",
    )
