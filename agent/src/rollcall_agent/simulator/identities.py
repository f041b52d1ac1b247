"""Reads the tokens that make-believe devices enroll with, and remembers between runs who they became."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rollcall_agent.enrollment.identity import Identity, read_answer
from rollcall_agent.errors import EnrollmentError

_ANY_SITE = "*"


@dataclass(frozen=True, kw_only=True, slots=True)
class Tokens:
    """Enrollment tokens by site name, and those of the sites' MDM bridges."""

    devices: Mapping[str, str]
    bridges: Mapping[str, str]

    def device_token(self, site: str) -> str:
        """The token for a device of this site. Raises EnrollmentError."""
        found = self.devices.get(site) or self.devices.get(_ANY_SITE)
        if found is None:
            raise EnrollmentError(f"the token file names no token for {site}: make one and add it")
        return found


def read_tokens(path: Path) -> Tokens:
    """Read a token file: one token alone, or JSON `{"devices": {site: token}, "bridges": {site: token}}`.

    Raises EnrollmentError where it is neither.
    """
    try:
        text = path.read_text().strip()
        if not text.startswith("{"):
            return Tokens(devices={_ANY_SITE: text}, bridges={})
        read = json.loads(text)
        return Tokens(devices=dict(read["devices"]), bridges=dict(read.get("bridges", {})))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EnrollmentError(f"the token file {path} cannot be used: {error!r}") from error


class Identities:
    """The identities in one folder. A line is written before an identity is used, so that none is asked for twice."""

    def __init__(self, folder: Path, *, url: str) -> None:
        self._folder = folder
        self._file = folder / "identities.jsonl"
        self._url = url
        self._known: dict[str, Identity] = {}

    def start(self) -> None:
        """Read those of earlier runs; a last line cut off by a crash is left out."""
        if not self._file.exists():
            self._file.touch(mode=0o600)
        written = self._file.read_text()
        if written and not written.endswith("\n"):
            with self._file.open("a") as file:
                file.write("\n")
        for line in written.splitlines():
            try:
                read = json.loads(line)
            except ValueError:
                continue
            self._known[read["name"]] = self._identity(json.dumps(read["answer"]).encode())

    def find(self, name: str) -> Identity | None:
        """The identity under which this device or bridge enrolled, if it did."""
        return self._known.get(name)

    def keep(self, name: str, answer: bytes) -> Identity:
        """Remember the collector's answer. Raises EnrollmentError where it is none."""
        found = self._known[name] = self._identity(answer)
        with self._file.open("a") as file:
            file.write(json.dumps({"name": name, "answer": json.loads(answer)}) + "\n")
        return found

    def ca_file(self, identity: Identity) -> Path | None:
        """The certificate that this identity's broker is checked against, written beside the identities."""
        if identity.ca_pem is None:
            return None
        path = self._folder / "ca.pem"
        if not path.exists() or path.read_text() != identity.ca_pem:
            path.write_text(identity.ca_pem)
        return path

    def _identity(self, answer: bytes) -> Identity:
        return read_answer(answer, hardware={}, url=self._url)
