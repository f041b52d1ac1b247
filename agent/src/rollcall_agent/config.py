"""Where the agent keeps its files and what its surroundings tell it: the only room that reads the environment."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rollcall_agent.enrollment import Identity
from rollcall_agent.errors import ConfigError

SYSTEM_STATE = Path("/var/lib/rollcall-agent")
OWN_STATE = ".local/state/rollcall-agent"


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentSettings:
    """Where the state stands, and how to enroll where that was prepared.

    `is_supervised`: a service manager started the agent and starts it again when it dies.
    """

    state: Path
    url: str | None = None
    token: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    is_supervised: bool = False

    @property
    def identity_file(self) -> Path:
        """Who this device is, with its password: readable by its owner alone."""
        return self.state / "identity.json"

    @property
    def ca_pem_file(self) -> Path:
        """The certificate that the broker is checked against."""
        return self.state / "broker-ca.pem"

    @property
    def outbox_file(self) -> Path:
        """The reports not yet acknowledged."""
        return self.state / "outbox.sqlite3"


def read_settings(state: Path | None = None, environ: Mapping[str, str] | None = None) -> AgentSettings:
    """The settings; a state folder given on the command line goes before the environment.

    The names begin with ROLLCALL_AGENT_: STATE, URL, TOKEN or TOKEN_FILE, CA_FILE.
    """
    found = os.environ if environ is None else environ
    named = found.get("ROLLCALL_AGENT_STATE")
    ca_file = found.get("ROLLCALL_AGENT_CA_FILE")
    token_file = found.get("ROLLCALL_AGENT_TOKEN_FILE")
    token = found.get("ROLLCALL_AGENT_TOKEN") or (read_token(Path(token_file)) if token_file else None)
    return AgentSettings(
        state=state or (Path(named) if named else _default_state(found)),
        url=found.get("ROLLCALL_AGENT_URL") or None,
        token=token or None,
        ca_file=Path(ca_file) if ca_file else None,
        is_supervised="INVOCATION_ID" in found,
    )


def read_token(path: Path) -> str:
    """The token in a file. Raises ConfigError where it cannot be read."""
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the token file {path} cannot be read ({error}): check its path and rights") from error


def load_identity(settings: AgentSettings) -> Identity | None:
    """The identity, or None before enrollment. Raises ConfigError where the file cannot be read."""
    path = settings.identity_file
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


def save_identity(settings: AgentSettings, identity: Identity) -> None:
    """Keep the identity, whole or not at all, and the broker's certificate beside it. Raises ConfigError."""
    try:
        settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        if identity.ca_pem is not None:
            _write(settings.ca_pem_file, identity.ca_pem)
        _write(settings.identity_file, json.dumps(asdict(identity), indent=1))
    except OSError as error:
        raise ConfigError(f"the identity cannot be kept in {settings.state} ({error}): check the folder") from error


def forget_identity(settings: AgentSettings) -> None:
    """Throw the identity away, and the reports that were made under it."""
    forget_reports(settings)
    for path in (settings.identity_file, settings.ca_pem_file):
        path.unlink(missing_ok=True)


def forget_reports(settings: AgentSettings) -> None:
    """Throw the outbox away: its reports speak of another device."""
    for side in ("", "-wal", "-shm"):
        settings.outbox_file.with_name(settings.outbox_file.name + side).unlink(missing_ok=True)


@contextmanager
def held(settings: AgentSettings) -> Iterator[None]:
    """Hold the state folder for this one agent. Raises ConfigError where another runs on it."""
    import fcntl  # noqa: PLC0415  # absent on Windows

    try:
        settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(settings.state / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigError(
            f"the state folder {settings.state} cannot be used ({error}): name another --state"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise ConfigError(
            f"an agent runs on {settings.state} already: stop it first, or name another --state"
        ) from error
    try:
        yield
    finally:
        os.close(lock)


def _default_state(environ: Mapping[str, str]) -> Path:
    if os.geteuid() == 0:
        return SYSTEM_STATE
    return Path(environ.get("HOME") or "/").joinpath(OWN_STATE)


def _write(path: Path, text: str) -> None:
    fresh = path.with_name(f"{path.name}.new")
    with suppress(FileNotFoundError):
        fresh.unlink()
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
