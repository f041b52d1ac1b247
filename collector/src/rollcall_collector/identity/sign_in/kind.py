"""Says what a kind of provider is: where it answers, what it must say of the school, and how its claims are read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Claims = Mapping[str, Any]
"""What an ID token says, once its signature and times were checked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """Who came from the provider. Issuer and subject name the account; all else may be somebody else's next year."""

    issuer: str
    subject: str
    name: str
    address: str | None
    """The e-mail address in small letters, where the provider vouches for it."""
    app_roles: frozenset[str]
    groups: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """One kind of provider: one file with its `KIND`, one line in the registry.

    `pinned` below is what ties it to this school alone: a domain, a tenant, an issuer.
    """

    name: str
    title: str
    pinned_title: str
    """What the pinned value is called at this provider, with an example."""
    console: str
    """Where the provider's administrator registers Rollcall."""
    mends: Mapping[str, str]
    """Where in its console a wrong `client`, `secret`, `redirect` and `pinned` are mended."""
    issuer: Callable[[str], str]
    """The issuer of a pinned value."""
    is_ours: Callable[[Claims, str], bool]
    """Whether an account with these claims is of the pinned school."""
    address: Callable[[Claims], str | None]
    """The e-mail address that the provider vouches for."""
    hint: Callable[[str], Mapping[str, str]] = lambda _pinned: {}
    """What is added to the question to the provider, so that it offers the right accounts."""
    scope: str = "openid profile email"
    has_more_claims: bool = False
    """Whether further claims are asked for: providers of this kind may leave them out of the ID token."""


def account_of(kind: Kind, issuer: str, claims: Claims) -> Account:
    """The account that these claims speak of."""
    address = kind.address(claims)
    name = " ".join(str(claims.get("name") or "").split())
    return Account(
        issuer=issuer,
        subject=str(claims["sub"]),
        name=name or (address or "").partition("@")[0],
        address=address.lower() if address else None,
        app_roles=_words(claims.get("roles")),
        groups=_words(claims.get("groups")),
    )


def verified_address(claims: Claims) -> str | None:
    """The `email` claim where the provider says that it was verified."""
    is_verified = claims.get("email_verified") in {True, "true"}
    return str(claims["email"]) if is_verified and claims.get("email") else None


def _words(claim: Any) -> frozenset[str]:
    if isinstance(claim, str):
        return frozenset({claim})
    return frozenset(one for one in claim if isinstance(one, str)) if isinstance(claim, list) else frozenset()
