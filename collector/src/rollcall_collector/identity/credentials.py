"""Makes the secrets of devices and people, and keeps only what cannot be turned back into them.

Every secret here is 256 random bits, never a word that a person chose: that is why few rounds of hashing are enough.
"""

import base64
import binascii
import hashlib
import hmac
import secrets

ITERATIONS = 101
"""What Mosquitto itself uses; each reload hashes every live session's password once more, so it is not more."""
_ITERATIONS_MAX = 1_000_000
_SALT_BYTES = 12
_HASH_BYTES = 64


def new_secret() -> str:
    """256 random bits as 43 characters that need no quoting anywhere."""
    return secrets.token_urlsafe(32)


def shared_secret(token: str, name: str) -> str:
    """The same 256 bits each time this token is shown in this name, and nobody's who does not know the token."""
    derived = hmac.new(token.encode(), f"rollcall:{name}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(derived).rstrip(b"=").decode()


def digest(secret: str) -> str:
    """What is kept of a token, a link or a session: its SHA-256, in hex. Right only for random secrets."""
    return hashlib.sha256(secret.encode()).hexdigest()


def hash_password(password: str, *, salt: bytes | None = None) -> str:
    """The password in Mosquitto's own form: `$7$<iterations>$<salt>$<hash>`, PBKDF2 with SHA-512."""
    chosen = salt or secrets.token_bytes(_SALT_BYTES)
    derived = hashlib.pbkdf2_hmac("sha512", password.encode(), chosen, ITERATIONS, _HASH_BYTES)
    return f"$7${ITERATIONS}${base64.b64encode(chosen).decode()}${base64.b64encode(derived).decode()}"


def verify_password(password: str, secret_hash: str) -> bool:
    """Whether the password is the one that was hashed, in constant time; a damaged hash fits no password."""
    match secret_hash.split("$"):
        case ["", "7", rounds, salt, derived] if rounds.isdecimal() and 1 <= int(rounds) <= _ITERATIONS_MAX:
            try:
                expected = base64.b64decode(derived, validate=True)
                found = hashlib.pbkdf2_hmac(
                    "sha512", password.encode(), base64.b64decode(salt, validate=True), int(rounds), _HASH_BYTES
                )
            except (binascii.Error, ValueError):
                return False
            return hmac.compare_digest(found, expected)
        case _:
            return False
