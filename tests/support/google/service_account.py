"""A service account's key made here, and what Google does with the word that it signs."""

import base64
import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

EMAIL = "rollcall@fake-project.iam.gserviceaccount.com"
AUDIENCE = "https://oauth2.googleapis.com/token"
SCOPES = {
    "https://www.googleapis.com/auth/chrome.management.telemetry.readonly",
    "https://www.googleapis.com/auth/admin.directory.device.chromeos.readonly",
}


@cache
def private_key() -> rsa.RSAPrivateKey:
    """Half as long as those that Google gives: to read one, which each bridge does anew, then costs a fifth."""
    return rsa.generate_private_key(public_exponent=65_537, key_size=1_024)


def write_key(folder: Path, place: str, **changes: Any) -> Path:
    """The key file as the Cloud console gives it, and the school's customer id beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    pem = private_key().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key = {
        "type": "service_account",
        "project_id": "fake-project",
        "private_key_id": "0123456789abcdef",
        "private_key": pem.decode(),
        "client_email": EMAIL,
        "client_id": "117",
        "token_uri": place,
    }
    path = folder / "key.json"
    path.write_text(json.dumps(key | changes))
    path.chmod(0o600)
    (folder / "google.toml").write_text('customer = "C0fake123"\n')
    return path


def fault_of_assertion(assertion: str, now: datetime) -> str | None:
    """Why Google takes no such word; None where it does."""
    signed, _, signature = assertion.rpartition(".")
    try:
        private_key().public_key().verify(_decode(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return "Invalid JWT Signature."
    claims = json.loads(_decode(signed.split(".")[1]))
    if claims["iss"] != EMAIL or claims["aud"] != AUDIENCE:
        return "Invalid grant: account not found"
    if "sub" in claims:
        return "unauthorized_client: this account has no delegation"
    if abs(now.timestamp() - claims["iat"]) > 300 or claims["exp"] - claims["iat"] > 3_600:
        return "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."
    if not set(claims["scope"].split()) <= SCOPES:
        return "invalid_scope"
    return None


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
