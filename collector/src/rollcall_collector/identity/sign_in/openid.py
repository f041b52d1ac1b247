"""Any other provider that speaks OpenID Connect (Keycloak, Authentik, Okta, …), pinned by its issuer."""

from rollcall_collector.identity.sign_in.kind import Claims, Kind, verified_address


def _is_ours(_claims: Claims, _issuer: str) -> bool:
    return True  # its issuer is the school's own, and was compared when the token was read


KIND = Kind(
    name="openid",
    title="your school account",
    pinned_title="Issuer, such as https://id.school.example/realms/school",
    console="your provider's page of clients (applications)",
    issuer=lambda issuer: issuer,
    is_ours=_is_ours,
    address=verified_address,
    has_more_claims=True,
    mends={
        "client": "your provider's page of clients: copy the client ID",
        "secret": "your provider's page of clients, credentials: copy the client secret",
        "redirect": "your provider's page of clients, redirect URIs: add this address, letter by letter",
        "pinned": "your provider's OpenID Connect discovery document: copy its `issuer`, letter by letter",
    },
)
