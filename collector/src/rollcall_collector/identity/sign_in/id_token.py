"""Reads an ID token and believes it only where signature, issuer, audience, times and nonce are what they must be.

The checks are those of OpenID Connect Core 1.0, section 3.1.3.7.
"""

from datetime import datetime

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from rollcall_collector.identity.sign_in.discovery import Discovery, Endpoints
from rollcall_collector.identity.sign_in.kind import Claims
from rollcall_collector.identity.sign_in.provider import Provider
from rollcall_collector.identity.sign_in.refusal import SignInRefusedError

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
"""Signatures of a key pair alone: neither "none" nor a secret that we hold, too."""
_LEEWAY_SECONDS = 60
_SUBJECT_MAX = 255


def read_id_token(
    discovery: Discovery, provider: Provider, endpoints: Endpoints, token: str, *, nonce: str, now: datetime
) -> Claims:
    """What the token says. Raises SignInRefusedError, ProviderAwayError."""
    try:
        try:
            read = _decode(token, discovery.keys(endpoints))
        except InvalidKeyIdError:  # the provider has changed its keys since
            read = _decode(token, discovery.keys(endpoints, is_anew=True))
        jwt.JWTClaimsRegistry(
            int(now.timestamp()),
            _LEEWAY_SECONDS,
            iss={"essential": True, "value": provider.issuer},
            aud={"essential": True, "value": provider.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        ).validate(read.claims)
    except (JoseError, ValueError, TypeError, LookupError) as error:
        raise SignInRefusedError("token", f"{type(error).__name__}: {error}") from error
    claims = read.claims
    if isinstance(claims["nonce"], list) or len(claims["sub"]) > _SUBJECT_MAX:
        raise SignInRefusedError("token", "its nonce or subject has the wrong shape")
    others = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", provider.client_id) != provider.client_id or (others and "azp" not in claims):
        raise SignInRefusedError("token", "it was made for another program")
    return claims


def _decode(token: str, keys: KeySet) -> jwt.Token:
    return jwt.decode(token, keys, algorithms=ALGORITHMS)
