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
# The service gives each of the two attempts five hours.
_LONGEST_SECONDS = 10 * 3600.0
# So often in a row it may not say how a refresh stands.
_SILENCES = 8
_TOKEN_ENDS_EARLY_SECONDS = 300.0
_REFUSED, _CONFLICT, _BUSY, _SERVER_FAILS = 400, 409, 429, 500
_ALREADY_AT_WORK = "refresh request is already executing"
# The model was put out of memory, for others to have room: the service says to refresh it again.
_EVICTED = "0xC11C0020"
_GOES_ON = {"", "Unknown", "NotStarted", "InProgress"}
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


class _BusyError(RefreshUnreachableError):
    """Say that the service may be asked again, and after how many seconds where it tells."""

    wait_seconds = 0.0


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
        self._token, self._token_until = "", 0.0

    def refresh(self) -> Refreshed:
        """Ask for a refresh of all tables in one transaction, and wait for its end."""
        begun = self._tick()
        wanted = {"type": "full", "commitMode": "transactional", "applyRefreshPolicy": True, "retryCount": 1}
        request_id = _request_id(self._ask("POST", f"{self._url}/refreshes", wanted))
        while True:
            details = self._details(request_id, begun)
            state = _state(details)
            if state == "Completed":
                return Refreshed(request_id, self._tick() - begun)
            if state not in _GOES_ON:
                raise _ended(request_id, state, details)

    def _details(self, request_id: str, begun: float) -> Mapping[str, Any]:
        """Return how a refresh stands after a pause; a service that is busy is asked again.

        To give up at once would have the caller begin another one, which is refused while this goes on.
        """
        url = f"{self._url}/refreshes/{quote(request_id, safe='')}"
        wait, silences = _ASK_AGAIN_SECONDS, 0
        while True:
            self._pause(wait)
            if self._tick() - begun > _LONGEST_SECONDS:
                raise _failed(f"The refresh {request_id} has not ended after ten hours")
            try:
                return self._ask("GET", url, None).document
            except RefreshUnreachableError as error:
                silences += 1
                if silences == _SILENCES:
                    raise
                told = error.wait_seconds if isinstance(error, _BusyError) else 0.0
                wait = max(_ASK_AGAIN_SECONDS, told)

    def _authorization(self) -> str:
        """Return what names the principal; a token lasts for an hour or so, a refresh maybe longer."""
        if self._tick() >= self._token_until:
            document = self._sign_in()
            self._token = str(document.get("access_token", ""))
            if not self._token:
                raise _failed("Whoever answered at the address of the login has given no token")
            lasts = float(document.get("expires_in") or 0) - _TOKEN_ENDS_EARLY_SECONDS
            self._token_until = self._tick() + lasts
        return f"Bearer {self._token}"

    def _sign_in(self) -> Mapping[str, Any]:
        who = self._principal
        form = {
            "grant_type": "client_credentials",
            "client_id": who.client,
            "client_secret": who.secret,
            "scope": _SCOPE,
        }
        url = f"{who.authority.rstrip('/')}/{quote(who.tenant, safe='')}/oauth2/v2.0/token"
        return self._send(Request(url, data=urlencode(form).encode(), method="POST")).document  # noqa: S310 - checked to be http(s)

    def _ask(self, method: str, url: str, body: Mapping[str, object] | None) -> _Answer:
        request = Request(url, method=method, headers={"Authorization": self._authorization()})  # noqa: S310 - the same
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
                answer = _Answer(error.code, dict(error.headers), _document(error.read()))
                raise _refused(answer, request) from None
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


def _header(answer: _Answer, name: str) -> str:
    return {key.lower(): value for key, value in answer.headers.items()}.get(name, "")


def _request_id(asked: _Answer) -> str:
    # The last part of where the refresh can be asked for; older answers have the name alone.
    found = _header(asked, "location").rstrip("/").rpartition("/")[2]
    found = found or _header(asked, "requestid") or _header(asked, "x-ms-request-id")
    if not found:
        raise _failed("Power BI has taken the refresh, and does not say by which name")
    return found


def _state(details: Mapping[str, Any]) -> str:
    """Return how a refresh stands; where its status says nothing, the extended one does."""
    status, extended = (str(details.get(name) or "") for name in ("status", "extendedStatus"))
    return extended if status in _GOES_ON and extended else status


def _ended(request_id: str, state: str, details: Mapping[str, Any]) -> StreamVisionError:
    what = f"The refresh {request_id} ended as {state}{_told(details)}"
    return _busy(what) if _EVICTED in _codes(details) else _failed(what)


def _refused(answer: _Answer, request: Request) -> StreamVisionError:
    """Explain a refusal. What was sent is never told: it holds the secret, or the token."""
    error = answer.document.get("error")
    name = str(error.get("code", "")) if isinstance(error, dict) else str(error or "")
    message = str(error.get("message", "")) if isinstance(error, dict) else ""
    words = f"{urlsplit(request.full_url).netloc} answers {answer.status} {name}".strip()
    if answer.status == _CONFLICT or (answer.status == _REFUSED and _ALREADY_AT_WORK in message):
        return _busy(f"{words}: another refresh of the model goes on")
    if answer.status == _BUSY or answer.status >= _SERVER_FAILS:
        return _busy(words, _header(answer, "retry-after"))
    return RefreshError(
        words,
        where=_WHERE,
        safe=_SAFE,
        next_command="let the service principal be a member of the workspace, check the address, the AZURE_*"
        " variables and the tenant's setting for service principals; then `streamvision powerbi refresh`",
    )


def _busy(what: str, retry_after: str = "") -> RefreshUnreachableError:
    error = _BusyError(what, where=_WHERE, safe=_SAFE, next_command="streamvision powerbi refresh")
    error.wait_seconds = float(retry_after) if retry_after.isdecimal() else 0.0
    return error


def _messages(details: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in details.get("messages") or () if isinstance(each, dict)]


def _codes(details: Mapping[str, Any]) -> set[str]:
    return {str(each.get("code", "")) for each in _messages(details)}


def _told(document: Mapping[str, Any]) -> str:
    """Return what the service says of why: its messages are of tables and sources, not of data."""
    messages = [str(each.get("message", "")) for each in _messages(document)]
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
