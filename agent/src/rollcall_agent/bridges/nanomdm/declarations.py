"""The one declaration for iPads: tell your health and your updates whenever they change, and once a day."""

import hashlib
import json
from datetime import datetime
from typing import Any

from rollcall_agent.bridges.nanomdm.status import SUBSCRIBED
from rollcall_agent.bridges.nanomdm.words import Word, WordError, status_word

PATH = "/ddm/"
_SUBSCRIPTION, _ACTIVATION = "rollcall.status", "rollcall.activation"
_CONTENT: dict[tuple[str, str], dict[str, Any]] = {
    ("configuration", _SUBSCRIPTION): {
        "Type": "com.apple.configuration.management.status-subscriptions",
        "Identifier": _SUBSCRIPTION,
        "Payload": {"StatusItems": [{"Name": name} for name in SUBSCRIBED]},
    },
    ("activation", _ACTIVATION): {
        "Type": "com.apple.activation.simple",
        "Identifier": _ACTIVATION,
        "Payload": {"StandardConfigurations": [_SUBSCRIPTION]},
    },
}
_TOKENS = {
    place: hashlib.sha256(json.dumps(one, sort_keys=True).encode()).hexdigest()[:32] for place, one in _CONTENT.items()
}
_WHOLE = hashlib.sha256("".join(_TOKENS.values()).encode()).hexdigest()[:32]
SYNC_TOKENS = json.dumps({"SyncTokens": {"Timestamp": "2026-01-01T00:00:00Z", "DeclarationsToken": _WHOLE}}).encode()
"""What a device is invited with: it fetches the rest where it does not know this token yet."""


def answer(path: str) -> bytes | None:
    """What NanoMDM asks for a device: its tokens, the list of declarations, or one of them; None for anything else."""
    match path.removeprefix(PATH).split("/"):
        case ["tokens"]:
            return SYNC_TOKENS
        case ["declaration-items"]:
            return json.dumps({"Declarations": _items(), "DeclarationsToken": _WHOLE}).encode()
        case ["declaration", kind, name] if (kind, name) in _CONTENT:
            return json.dumps({**_CONTENT[kind, name], "ServerToken": _TOKENS[kind, name]}).encode()
        case _:
            return None


def word_of(path: str, body: bytes, *, udid: str, digest: str, at: datetime) -> Word:
    """A status report that NanoMDM hands on at once. Raises WordError.

    NanoMDM gives it no number: what it says is one, for a report that comes twice says the same.
    """
    if path != PATH + "status":
        raise WordError("wrong_shape")
    return Word(event_id=f"dm-{udid[-12:]}-{digest[:32]}", at=at, udid=udid, kind="status", **status_word(body))


def _items() -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {"Activations": [], "Assets": [], "Configurations": [], "Management": []}
    for (kind, name), token in _TOKENS.items():
        found[f"{kind.title()}s"].append({"Identifier": name, "ServerToken": token})
    return found
