"""Says in plain words what stands between this device and its collector, by the likeliest cause, and the way out."""

import codecs
import errno
import json
import socket
import ssl
from datetime import datetime
from urllib.parse import urlsplit

_NO_WAY = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL})
_WORDS: tuple[tuple[tuple[type[OSError], ...], str], ...] = (
    (
        (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionResetError, ConnectionAbortedError, BrokenPipeError),
        "the connection was cut: it or a gateway before it restarts, or a firewall forbids it; try again in a minute",
    ),
    ((ssl.SSLError,), "it does not speak TLS there: check the port, and whether a proxy or filter stands between"),
    ((socket.gaierror,), "its name is unknown here: check the spelling, and this network's name service (DNS)"),
    ((ConnectionRefusedError,), "nobody listens there (connection refused): check that it runs, and the port"),
    ((PermissionError,), "this device's own firewall forbids it: let the agent connect there"),
    ((TimeoutError,), "there is no answer in time: check the network, and whether a firewall is in the way"),
)
"""What each kind of error most likely means, the more special kinds first."""
FILTERED = frozenset({401, 403, 451})
"""With these a web page is a portal's or a filter's: a collector says why in its own form."""
PORTAL = "a network that asks for a sign-in first (captive portal)"
_GATEWAY = "a gateway answers, the collector behind it does not: it restarts or is down; try again in a minute"
_STATUSES = {
    407: "a proxy on the way wants a sign-in: let this device reach the collector without it",
    502: _GATEWAY,
    503: _GATEWAY,
    504: _GATEWAY,
    **dict.fromkeys(range(520, 531), _GATEWAY),  # what a rented gateway says of what it cannot reach
    511: f"this is {PORTAL}: sign in with a browser on this device, or use another network",
}


def explain_error(error: OSError, *, now: datetime) -> str:
    """Why a connection failed. `now` is this device's clock: a wrong one makes every certificate look wrong."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _explain_certificate(error, now)
    if error.errno in _NO_WAY:
        return "there is no way to it: check that this device is on the network"
    return next((words for kinds, words in _WORDS if isinstance(error, kinds)), str(error))


def explain_answer(status: int, body: bytes, location: str | None) -> str | None:
    """What answered in the collector's place; None where it was a collector itself, or may be a wrong address."""
    if _is_collector(body):
        return None
    if 300 <= status < 400:  # noqa: PLR2004  # HTTP's redirects
        place = urlsplit(location or "").hostname or "elsewhere"
        return (
            f"everything is redirected to {place} (HTTP {status}): {PORTAL} does this, then sign in with a browser on "
            "this device; or the collector moved, then use its new address"
        )
    if status in _STATUSES:
        return f"{_STATUSES[status]} (HTTP {status})"
    is_page = body.removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"<"
    is_foreign = 200 <= status < 300 and not _is_json(body)  # noqa: PLR2004  # HTTP's words for yes
    if is_foreign or (is_page and status in FILTERED):
        what = "a web page" if is_page else "something else"
        return (
            f"{what} came instead of a collector's answer (HTTP {status}): {PORTAL}, or a web filter; open the "
            "address with a browser on this device. If neither is there, check the address"
        )
    return None


def _is_collector(body: bytes) -> bool:
    """Whether it says in a collector's own form what is wrong."""
    try:
        return isinstance(json.loads(body)["error"], str)
    except (ValueError, LookupError, TypeError):
        return False


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def _explain_certificate(error: ssl.SSLCertVerificationError, now: datetime) -> str:
    clock = f"this device's clock ({now:%Y-%m-%d %H:%M} UTC)"
    match error.verify_code:
        case 9:  # X509_V_ERR_CERT_NOT_YET_VALID
            return (
                f"its certificate is not valid yet by {clock}, which seems to be behind: set date and time; if it "
                "forgets them again, replace the clock battery"
            )
        case 10:  # …_CERT_HAS_EXPIRED
            return (
                f"its certificate is no longer valid by {clock}: set date and time where they are ahead, else renew "
                "the certificate"
            )
        case 62 | 64:  # …_HOSTNAME_MISMATCH, …_IP_ADDRESS_MISMATCH
            return f"its certificate is for another name: check the address; {PORTAL} shows its own certificate, too"
        case _:
            return (
                f"its certificate is not trusted ({error.verify_message}): name the school's certificate authority "
                f"(--ca-file); {PORTAL}, or one that opens encrypted traffic, shows its own certificate, too"
            )
