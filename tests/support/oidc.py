"""A provider of OpenID Connect on this machine, which lets everybody in as the one user it is told of."""

import json
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "dashboards", "a-secret-of-this-test"
_CODE = "a-code-of-this-test"


@dataclass
class Provider:
    """Name a provider that answers.

    Attributes:
        url: where it answers.
        user: what it says of whoever logs in.
        nonces: those of the logins begun.

    """

    url: str
    user: dict[str, object]
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "test", "use": "sig"}))
    nonces: list[str] = field(default_factory=list)

    @property
    def metadata_url(self) -> str:
        """Return where it describes itself."""
        return f"{self.url}/.well-known/openid-configuration"

    def metadata(self) -> dict[str, object]:
        """Return that description."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def token(self) -> dict[str, object]:
        """Return the answer to a code."""
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "sub": "1",
            "iat": now,
            "exp": now + 600,
            "nonce": self.nonces[-1],
        }
        signed = jwt.encode({"alg": "RS256", "kid": "test"}, {**claims, **self.user}, self.key)
        return {"access_token": "none", "token_type": "Bearer", "expires_in": 600, "id_token": signed}


@contextmanager
def provider(**user: object) -> Iterator[Provider]:
    """Run a provider for the length of a block."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        _Handler.provider = Provider(f"http://127.0.0.1:{server.server_port}", user)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield _Handler.provider
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        path, query = urlsplit(self.path)[2:4]
        if path == "/authorize":
            self._let_in(parse_qs(query))
        elif path == "/keys":
            self._answer({"keys": [self.provider.key.as_dict(private=False)]})
        else:
            self._answer(self.provider.metadata())

    def do_POST(self) -> None:
        posted = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        given = b64decode(self.headers["Authorization"].partition(" ")[2]).decode()
        right = [unquote(part) for part in given.split(":")] == [CLIENT_ID, CLIENT_SECRET]
        self._answer(
            self.provider.token() if right and posted["code"] == [_CODE] else {"error": "invalid_grant"}
        )

    def log_message(self, *_: object) -> None:
        pass

    def _let_in(self, asked: dict[str, list[str]]) -> None:
        self.provider.nonces.append(asked["nonce"][0])
        back = urlencode({"code": _CODE, "state": asked["state"][0]})
        self.send_response(302)
        self.send_header("Location", f"{asked['redirect_uri'][0]}?{back}")
        self.end_headers()

    def _answer(self, document: dict[str, object]) -> None:
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
