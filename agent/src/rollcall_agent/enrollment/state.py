"""The state folder of one publisher: its identity, certificates and reports, and what is thrown away together."""

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rollcall_agent.enrollment.identity import Identity
from rollcall_agent.errors import ConfigError

_SIDES = ("", "-wal", "-shm")
_SAID_ONCE = {"site", "token_site"}
"""What is not kept: it may change, and an older agent could not read the file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Preparation:
    """How a publisher enrolls by itself, where that was prepared."""

    url: str | None = None
    token: str | None = field(default=None, repr=False)
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class StateFolder:
    """Where one device's or bridge's state stands."""

    path: Path

    @property
    def identity_file(self) -> Path:
        """Who it is, with its password: readable by its owner alone."""
        return self.path / "identity.json"

    @property
    def ca_pem_file(self) -> Path:
        """The certificate that the broker is checked against."""
        return self.path / "broker-ca.pem"

    @property
    def outbox_file(self) -> Path:
        """The reports not yet acknowledged."""
        return self.path / "outbox.sqlite3"

    @property
    def known_devices_file(self) -> Path:
        """The ids of a bridge's devices."""
        return self.path / "devices.sqlite3"

    @property
    def collector_ca_file(self) -> Path:
        """The certificate that the collector is checked against while it enrolls by itself."""
        return self.path / "collector-ca.pem"

    @property
    def preparation_file(self) -> Path:
        """How it enrolls once the collector is there; thrown away when it has."""
        return self.path / "preparation.json"

    @property
    def is_taken(self) -> bool:
        """Whether somebody's identity stands here, or stands where only its owner may look."""
        return _stands(self.identity_file)

    @property
    def has_outbox(self) -> bool:
        """Whether there is an outbox, or may be one where only its owner may look."""
        return _stands(self.outbox_file)

    def load(self) -> Identity | None:
        """The identity, or None before enrollment. Raises ConfigError where the file cannot be read."""
        path = self.identity_file
        try:
            return Identity(**json.loads(path.read_text()))
        except FileNotFoundError:
            return None
        except PermissionError as error:
            raise ConfigError(
                f"{path} may be read by its owner alone: run this as root, or name another --state"
            ) from error
        except (OSError, ValueError, TypeError) as error:
            raise ConfigError(f"{path} is damaged: run 'rollcall-agent enroll URL' again") from error

    def save(self, identity: Identity) -> None:
        """Keep the identity, whole or not at all, and the broker's certificate beside it. Raises ConfigError.

        What was noted under the name of another publisher speaks of other devices: it is thrown away.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            if self._last_publisher() != identity.publisher:
                self._forget_reports()
            if identity.ca_pem is not None:
                _write(self.ca_pem_file, identity.ca_pem)
            kept = {name: value for name, value in asdict(identity).items() if name not in _SAID_ONCE}
            _write(self.identity_file, json.dumps(kept, indent=1))
            self.preparation_file.unlink(missing_ok=True)
        except OSError as error:
            raise ConfigError(f"the identity cannot be kept in {self.path} ({error}): check the folder") from error

    def prepare(self, preparation: Preparation) -> None:
        """Keep how to enroll, with a copy of the authority's certificate. Raises ConfigError."""
        ca_file = preparation.ca_file
        try:
            ca_pem = None if ca_file is None else ca_file.read_text()
            kept = {"url": preparation.url, "token": preparation.token, "ca_pem": ca_pem}
            _write(self.preparation_file, json.dumps(kept))
        except OSError as error:
            raise ConfigError(f"how to enroll cannot be kept in {self.path} ({error}): check the files") from error

    def prepared(self) -> Preparation | None:
        """How to enroll, where it is kept here; None where it is not, or cannot be read."""
        try:
            kept = json.loads(self.preparation_file.read_text())
            ca_pem = kept["ca_pem"]
            if ca_pem is not None:
                _write(self.collector_ca_file, ca_pem)
            ca_file = None if ca_pem is None else self.collector_ca_file
            return Preparation(url=kept["url"], token=kept["token"], ca_file=ca_file)
        except (OSError, ValueError, LookupError, TypeError):
            return None

    def forget(self) -> None:
        """Throw the identity away, and what was noted under it."""
        self._forget_reports()
        for path in (self.identity_file, self.ca_pem_file):
            path.unlink(missing_ok=True)

    def _last_publisher(self) -> str | None:
        try:
            before = self.load()
        except ConfigError:
            return None
        return before.publisher if before else None

    def _forget_reports(self) -> None:
        for file in (self.outbox_file, self.known_devices_file):
            for side in _SIDES:
                file.with_name(file.name + side).unlink(missing_ok=True)


def _stands(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:
        return True


def _write(path: Path, text: str) -> None:
    fresh = path.with_name(f"{path.name}.new")
    with suppress(FileNotFoundError):
        fresh.unlink()
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
