"""Google Workspace for Education: one domain, which Google says in the claim `hd`.

https://developers.google.com/identity/openid-connect/openid-connect. There are neither groups nor roles in its tokens.
"""

from rollcall_collector.identity.sign_in.kind import Claims, Kind, verified_address

_CLIENT = "Google Cloud console, APIs & Services, Credentials, your OAuth client of type Web application"


def _is_ours(claims: Claims, domain: str) -> bool:
    # a private account has no `hd`, whatever its address; a second domain of the same Workspace has another
    return str(claims.get("hd") or "").lower() == domain.lower()


KIND = Kind(
    name="google",
    title="Google",
    pinned_title="Workspace domain, such as school.example",
    console=f"{_CLIENT} (https://console.cloud.google.com/apis/credentials)",
    issuer=lambda _domain: "https://accounts.google.com",
    is_ours=_is_ours,
    address=verified_address,
    hint=lambda domain: {"hd": domain},
    mends={
        "client": f"{_CLIENT}: copy its client ID again",
        "secret": f"{_CLIENT}: add a client secret, and put that one in here",
        "redirect": f"{_CLIENT}, Authorized redirect URIs: add this address, letter by letter",
        "pinned": "Google Admin console, Account, Domains: copy the primary domain",
    },
)
