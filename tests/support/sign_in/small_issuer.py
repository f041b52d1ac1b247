"""A small OpenID provider of one account, which says whatever a test has it say: wrong audiences, unsigned tokens, …"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from rollcall_collector.identity.sign_in.flow import challenge_of

CLIENT, SECRET = "rollcall", "a client secret"
_KEYS: list[RSAKey] = []


def key(number: int = 0) -> RSAKey:
    """A key pair, made once a process."""
    while len(_KEYS) <= number:
        _KEYS.append(RSAKey.generate_key(2048, {"kid": f"key-{len(_KEYS)}", "use": "sig"}))
    return _KEYS[number]


@dataclass
class SmallIssuer:
    """What it says can be changed while it runs. Codes are good once, and for their own verifier."""

    url: str
    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "1", "name": "Ada", "email_verified": True})
    signer: RSAKey = field(default_factory=key)
    shown: tuple[RSAKey, ...] = field(default_factory=lambda: (key(),))
    document: dict[str, Any] = field(default_factory=dict)
    """What its discovery says otherwise."""
    change: Callable[[dict[str, Any]], dict[str, Any]] = field(default=lambda claims: claims)
    write: Callable[[dict[str, Any], RSAKey], str] | None = None
    """Makes the token another way than it should be."""
    user_info: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def authorize(self, address: str) -> dict[str, str]:
        """What the browser is sent back with by somebody who signs in here."""
        said = dict(parse_qsl(urlsplit(address).query))
        code = f"code-{next(self._numbers)}"
        self._codes[code] = said
        return {"code": code, "state": said["state"], "iss": self.url}

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.asked.append(path)
        match path:
            case "/.well-known/openid-configuration":
                return 200, self._document()
            case "/keys":
                return 200, {"keys": [one.as_dict(private=False) for one in self.shown]}
            case "/token":
                return self._trade(form)
            case "/me":
                return 200, self.user_info
            case _:
                return 404, {}

    def _document(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "authorization_response_iss_parameter_supported": True,
            **self.document,
        }

    def _trade(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        begun = self._codes.pop(form["code"], None)
        if begun is None or begun["code_challenge"] != challenge_of(form["code_verifier"]):
            return 400, {"error": "invalid_grant"}
        if begun["redirect_uri"] != form["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        said = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": begun["nonce"], **self.claims}
        return 200, {"access_token": "a", "id_token": (self.write or sign)(self.change(said), self.signer)}


def sign(claims: dict[str, Any], signer: RSAKey) -> str:
    return jwt.encode({"alg": "RS256", "kid": signer.kid}, claims, signer)


@contextmanager
def small_issuer(**said: Any) -> Iterator[SmallIssuer]:
    """A provider on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            self._answer({name: values[0] for name, values in parse_qs(body).items()})

        def _answer(self, form: dict[str, str]) -> None:
            status, answer = issuer.answer(urlsplit(self.path).path, form)
            written = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = SmallIssuer(url=f"http://127.0.0.1:{server.server_port}", **said)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
