"""Tells what somebody meant in a firmware's tables from what makers leave there, and hashes what tells a device."""

import hashlib
import hmac

from rollcall_wire.placeholders import is_identity

TEXT_MAX = 128


def meant(stated: str | None) -> str | None:
    """The text that somebody meant, tidied; None for what firmware says where nobody wrote anything."""
    if stated is None:
        return None
    tidy = " ".join("".join(one if one.isprintable() else " " for one in stated).split())[:TEXT_MAX]
    return tidy if is_identity(tidy) else None


def hashed(label: str, stated: str) -> str:
    """A hash that says nothing else, and another one for each label."""
    return hmac.new(f"rollcall:{label}".encode(), stated.encode(), hashlib.sha256).hexdigest()
