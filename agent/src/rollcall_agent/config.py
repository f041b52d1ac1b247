"""What the surroundings tell the agent, sorted by the rooms that use it: the only room that reads the environment."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from rollcall_agent.enrollment.state import Preparation, StateFolder
from rollcall_agent.errors import ConfigError
from rollcall_agent.sources.registry import this_system
from rollcall_agent.sources.system import SignOfLife

PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentSettings:
    """Where the state stands, and how to enroll where that was prepared.

    `is_supervised`: a service manager started the agent and starts it again when it dies; with
    `sign_of_life` also when it hangs.
    """

    state: StateFolder
    preparation: Preparation
    is_supervised: bool = False
    sign_of_life: SignOfLife | None = None
    proxy_variable: str | None = None
    """Which variable names a proxy, which the agent does not use. Its value may hold a password and is not kept."""

    elsewhere: tuple[StateFolder, ...] = ()
    """Where another agent of this device may keep its state; looked at only by who named no folder."""

    def of_who_lives_here(self) -> "AgentSettings":
        """The same, but of the agent that is enrolled on this device, where that is another folder's."""
        taken = (folder for folder in (self.state, *self.elsewhere) if folder.is_taken)
        return replace(self, state=next(taken, self.state))

    def for_bridge(self, name: str) -> StateFolder:
        """Where a bridge of this name keeps its state: beside that of the device it runs on."""
        return StateFolder(self.state.path / "bridges" / name)


def read_settings(state: Path | None = None, environ: Mapping[str, str] | None = None) -> AgentSettings:
    """The settings; a state folder given on the command line goes before the environment.

    The names begin with ROLLCALL_AGENT_: STATE, URL, TOKEN or TOKEN_FILE, CA_FILE. Raises ConfigError, and
    UnknownSystemError on a system the agent does not know.
    """
    found = os.environ if environ is None else environ
    system = this_system()
    named = found.get("ROLLCALL_AGENT_STATE")
    ca_file = found.get("ROLLCALL_AGENT_CA_FILE")
    is_named = state is not None or named is not None
    token_file = found.get("ROLLCALL_AGENT_TOKEN_FILE")
    token = found.get("ROLLCALL_AGENT_TOKEN") or (read_token(Path(token_file)) if token_file else None)
    return AgentSettings(
        state=StateFolder(state or (Path(named) if named else system.default_state(found))),
        preparation=Preparation(
            url=found.get("ROLLCALL_AGENT_URL") or None,
            token=token or None,
            ca_file=Path(ca_file) if ca_file else None,
        ),
        elsewhere=() if is_named else _elsewhere(found),
        is_supervised=system.is_supervised(found),
        sign_of_life=system.sign_of_life(found),
        proxy_variable=next((name for name in PROXY_VARIABLES if found.get(name)), None),
    )


def _elsewhere(environ: Mapping[str, str]) -> tuple[StateFolder, ...]:
    """The whole device's agent, then the one that `rollcall up` starts: in its folder, here or beside this program."""
    up = Path(environ.get("ROLLCALL_FOLDER") or "var") / "agent"
    places = (this_system().shared_state, up, Path(sys.prefix).parent / "var" / "agent")
    return tuple(dict.fromkeys(StateFolder(place.absolute()) for place in places))


def read_token(path: Path) -> str:
    """The token in a file. Raises ConfigError where it cannot be read."""
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the token file {path} cannot be read ({error}): check its path and rights") from error
