"""The bridge's own folder: the service account's key, and which customer it is asked about."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rollcall_agent.errors import ConfigError

KEY_FILE, SETTINGS_FILE = "key.json", "google.toml"
_NEEDED = ("client_email", "private_key", "token_uri")


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """A service account: `key` is what Google's key file says, `customer` the school's id, such as C0123abcd."""

    email: str
    customer: str
    key: Mapping[str, Any] = field(repr=False)


def read_account(folder: Path) -> Account:
    """Raises ConfigError, with the way out, where the folder does not hold what is needed."""
    key, settings = _read_key(folder / KEY_FILE), _read_settings(folder / SETTINGS_FILE)
    return Account(email=str(key["client_email"]), customer=settings.get("customer", "my_customer"), key=key)


def _read_key(path: Path) -> Mapping[str, Any]:
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(
            f"the service account's key is missing: put it into {path}, readable by you alone"
        ) from error
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: download the service account's key again, as JSON") from error
    if not isinstance(read, dict) or not all(isinstance(read.get(one), str) for one in _NEEDED):
        raise ConfigError(f"{path} is no service account's key: create one in the Cloud console, as JSON")
    return read


def _read_settings(path: Path) -> Mapping[str, str]:
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read ({error}): see the README for an example") from error
    customer = read.get("customer", "my_customer")
    if not isinstance(customer, str) or not customer.replace("_", "").isalnum():
        raise ConfigError(f"{path}: the customer is a text like C0123abcd, from Account > Account settings")
    return {"customer": customer}
