"""Reads the key of a service from a file in the bridge's folder, which nobody but its owner may read."""

import stat
from pathlib import Path

from rollcall_agent.errors import ConfigError

_CHARACTERS_MIN = 8


def read_key(path: Path, *, is_needed: bool = True) -> str | None:
    """The key; None where there is no file and none is needed. Raises ConfigError, whose text says what to do."""
    try:
        mode, key = path.stat().st_mode, path.read_text().strip()
    except FileNotFoundError as error:
        if not is_needed:
            return None
        raise ConfigError(f"put the key into {path}, for its owner alone (chmod 600)") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read ({error}): check its rights") from error
    if stat.S_IMODE(mode) & 0o077:
        raise ConfigError(f"{path} may be read by others: chmod 600 {path}")
    if len(key) < _CHARACTERS_MIN:
        raise ConfigError(f"{path} holds fewer than {_CHARACTERS_MIN} characters: make a key that nobody guesses")
    return key
