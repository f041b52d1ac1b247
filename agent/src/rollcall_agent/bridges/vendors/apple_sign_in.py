"""Signs in to Apple: the other file that knows google-auth, whose signer makes the assertion that Apple asks for.

Source: Apple's "Implementing OAuth for the Apple School Manager and Apple Business API": ES256, at most 180 days.
"""

from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from google.auth import jwt
from google.auth.crypt.es256 import ES256Signer

from rollcall_agent.bridges.vendors.web import Web
from rollcall_agent.errors import ConfigError

TOKEN_PATH = "/auth/oauth2/token"  # noqa: S105  # an address
AUDIENCE = "https://account.apple.com/auth/oauth2/v2/token"
SCOPE = "school.api"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LASTS = timedelta(minutes=20)


def ask_token(said: Mapping[str, str], key: str) -> str:
    """A token for an hour. Raises ConfigError where the key is none; what `Web` raises where Apple gives no token."""
    form = {
        "grant_type": "client_credentials",
        "client_id": said["client_id"],
        "client_assertion_type": ASSERTION,
        "client_assertion": _assertion(said, key),
        "scope": SCOPE,
    }
    with closing(Web(said["sign_in_url"])) as web:
        return str(web.post(TOKEN_PATH, {}, form, is_form=True)["access_token"])


def _assertion(said: Mapping[str, str], key: str) -> str:
    try:
        signer = ES256Signer.from_string(key, said["key_id"])
    except ValueError as error:
        raise ConfigError(
            "apple-school.key is no private key: put the file there that Apple gave, as it is"
        ) from error
    now = datetime.now(UTC)  # Apple holds it to its own clock; it is told of nothing else
    claims = {
        "iss": said["client_id"],
        "sub": said["client_id"],
        "aud": AUDIENCE,
        "iat": int(now.timestamp()),
        "exp": int((now + LASTS).timestamp()),
        "jti": str(uuid4()),
    }
    encode: Any = jwt.encode  # google-auth leaves it untyped
    return str(encode(signer, claims).decode())
