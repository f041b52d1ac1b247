"""Says in a technician's words why Google refuses, and where in its consoles that is mended."""

import json
from dataclasses import dataclass
from typing import Any

TELEMETRY, DIRECTORY = "Chrome Management API", "Admin SDK API"
_BUSY_STATUSES = frozenset({429, 500, 502, 503, 504})
_BUSY_REASONS = frozenset(
    {"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"}
)
_OFF_REASONS = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
_SCOPE_REASONS = frozenset({"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"})
BAD_REQUEST, UNSIGNED, FORBIDDEN, NOT_FOUND = 400, 401, 403, 404
_SCOPE = (
    "a read-only scope is missing: where the account works by domain-wide delegation, admin.google.com > Security >"
    " API controls > Domain-wide delegation must list both scopes; better is a role of its own"
)
_CUSTOMER = (
    "it does not know this customer: write the id from admin.google.com > Account > Account settings into google.toml,"
    ' as customer = "C0123abcd"'
)
_WAYS_OUT: dict[str | int, str] = {
    **dict.fromkeys(sorted(_SCOPE_REASONS), _SCOPE),
    UNSIGNED: "the sign-in is not taken: is the service account {email} still there and not disabled?",
    FORBIDDEN: (
        "{email} may not look: admin.google.com > Account > Admin roles > its role > Privileges > Services > Chrome"
        " Management > Manage ChromeOS Devices (read only), then Admins > Assign service accounts; it takes minutes"
    ),
    BAD_REQUEST: _CUSTOMER,
    NOT_FOUND: _CUSTOMER,
}


class GoogleRefusedError(OSError):
    """Google said no: HTTP `status`, its own word for the `reason`, and `says` for people, with the way out."""

    def __init__(self, *, status: int, reason: str, says: str) -> None:
        super().__init__(says)
        self.status, self.reason, self.says = status, reason, says

    def __str__(self) -> str:
        return self.says


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """What an answer that is no 200 means. `is_busy`: ask again later."""

    status: int
    reason: str
    is_busy: bool


def read_refusal(status: int, body: bytes) -> Refusal:
    """Google has two forms of an error, and a load balancer before it a third that is no JSON."""
    reasons = _reasons(body)
    is_busy = status in _BUSY_STATUSES or (status == FORBIDDEN and bool(_BUSY_REASONS & set(reasons)))
    known = _BUSY_REASONS | _OFF_REASONS | _SCOPE_REASONS
    reason = next((one for one in reasons if one in known), reasons[0] if reasons else "unknown")
    return Refusal(status=status, reason=reason, is_busy=is_busy)


def explain(refusal: Refusal, api: str, email: str) -> str:
    """One sentence with the way out."""
    if refusal.is_busy:
        return f"{api}: Google asks for patience ({refusal.reason}, HTTP {refusal.status})"
    if refusal.reason in _OFF_REASONS:
        return f"{api} is off: console.cloud.google.com > the key's project > APIs & Services > Library > enable it"
    words = _WAYS_OUT.get(refusal.reason) or _WAYS_OUT.get(refusal.status)
    if words is None:
        return f"{api}: Google refuses ({refusal.reason}, HTTP {refusal.status})"
    return f"{api}: {words.replace('{email}', email)}"


def explain_sign_in(said: str) -> str:
    """Why Google gives no token. Its own words are long, and may repeat what the key says."""
    lowered = said.lower()
    if "timeframe" in lowered or "iat" in lowered.split():
        return "Google gives no token, since this machine's clock is wrong: set date and time"
    if "invalid_grant" in lowered or "account not found" in lowered:
        return (
            "Google does not take the key: it was deleted, or its service account is gone or disabled; see"
            " console.cloud.google.com > IAM & Admin > Service Accounts > Keys"
        )
    if "disabled" in lowered:
        return "the service account is disabled: console.cloud.google.com > IAM & Admin > Service Accounts"
    if "private key" in lowered or "pem" in lowered or "deserialize" in lowered:
        return "the private key in key.json is damaged: download the key again, as JSON"
    return "Google gives no token: try 'rollcall-agent bridge google --check' again in a minute"


def _reasons(body: bytes) -> list[str]:
    try:
        error: Any = json.loads(body)["error"]
        if isinstance(error, str):
            return [error]
        named = [one.get("reason") for one in (*error.get("details", ()), *error.get("errors", ()))]
        return [one for one in (*named, error.get("status")) if isinstance(one, str)]
    except (ValueError, LookupError, TypeError, AttributeError):
        return []
