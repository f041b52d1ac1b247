"""The server's own certificate: noticed when its files are renewed, and looked at as a device would see it."""

import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from rollcall_collector.errors import CertificateError

log = structlog.get_logger(__name__)

_ANSWER_SECONDS = 3.0
_SOON = timedelta(days=14)
_SOON_SHARE = 3
"""Some certificates last only days: a third of their life is soon enough then."""
_NO_CHECK_TIME = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which Python hands on: one that ended is to be read, not turned away."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Life:
    """From when to when a certificate is good."""

    begins_at: datetime
    ends_at: datetime

    def trouble(self, now: datetime) -> str:
        """What devices have, or will soon have, of its end; empty where that is far."""
        if self.ends_at <= now:
            return (
                f"the broker's certificate ended at {_say(self.ends_at)}: devices keep their reports and come back by "
                "themselves once it is renewed"
            )
        if self.ends_at - now < min(_SOON, (self.ends_at - self.begins_at) / _SOON_SHARE):
            return f"the broker's certificate ends at {_say(self.ends_at)}: renew it, no device comes in after that"
        return ""


def shown_by(host: str, port: int, ca_file: Path) -> Life | None:
    """The life of the certificate that a broker shows, which this authority must have signed, for whatever name.

    None where nobody answers. Raises CertificateError where it is no certificate of this authority.
    """
    try:
        context = ssl.create_default_context(cafile=str(ca_file))
        context.check_hostname = False
        context.verify_flags |= _NO_CHECK_TIME
        with (
            socket.create_connection((host, port), timeout=_ANSWER_SECONDS) as plain,
            context.wrap_socket(plain) as private,
        ):
            shown = private.getpeercert()
    except ssl.SSLCertVerificationError as error:
        why = f"the broker's certificate is not of the authority in {ca_file} ({error.verify_message})"
        raise CertificateError(f"{why}: no device trusts it") from error
    except OSError:
        return None
    assert shown, "it was verified"
    begins, ends = (ssl.cert_time_to_seconds(str(shown[name])) for name in ("notBefore", "notAfter"))
    return Life(begins_at=datetime.fromtimestamp(begins, UTC), ends_at=datetime.fromtimestamp(ends, UTC))


class Renewal:
    """Notices that the files of a certificate and its key were written anew."""

    def __init__(self, certificate: Path, key: Path) -> None:
        self.files = (certificate, key)
        self._seen = self._written()

    def is_due(self) -> bool:
        """True once for each new pair that fits together; any other is told, and not taken."""
        found = self._written()
        if found == self._seen:
            return False
        self._seen = found
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*self.files)
        except OSError as error:
            log.warning("certificate.unfit", file=str(self.files[0]), reason=str(error))
            return False
        log.info("certificate.renewed", file=str(self.files[0]))
        return True

    def _written(self) -> tuple[tuple[int, int, int] | None, ...]:
        return tuple(_state(file) for file in self.files)


def _state(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _say(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
