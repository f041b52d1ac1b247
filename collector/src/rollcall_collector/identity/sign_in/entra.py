"""Microsoft Entra: one tenant, which stands in the issuer and in the claim `tid`.

https://learn.microsoft.com/en-us/entra/identity-platform/id-token-claims-reference. Roles come as `roles` (app roles);
groups as their object ids, and not at all for who is in more than 200: app roles are the better way.
"""

from rollcall_collector.identity.sign_in.kind import Claims, Kind

_APP = "Microsoft Entra admin center, App registrations, your app"


def _is_ours(claims: Claims, tenant: str) -> bool:
    return str(claims.get("tid") or "").lower() == tenant.lower()


def _address(claims: Claims) -> str | None:
    # A guest's address was given by another tenant, which may write there what it likes.
    if claims.get("idp", claims.get("iss")) != claims.get("iss"):
        return None
    said = str(claims.get("preferred_username") or claims.get("email") or "")
    return said if "@" in said else None


KIND = Kind(
    name="entra",
    title="Microsoft",
    pinned_title="Tenant ID (Directory ID), such as 11111111-2222-3333-4444-555555555555",
    console=f"{_APP} (https://entra.microsoft.com)",
    issuer=lambda tenant: f"https://login.microsoftonline.com/{tenant.lower()}/v2.0",
    is_ours=_is_ours,
    address=_address,
    mends={
        "client": f"{_APP}, Overview: copy the Application (client) ID",
        "secret": f"{_APP}, Certificates & secrets: make a new client secret and copy its Value, not its ID",
        "redirect": f"{_APP}, Authentication, Web, Redirect URIs: add this address, letter by letter",
        "pinned": f"{_APP}, Overview: copy the Directory (tenant) ID",
    },
)
