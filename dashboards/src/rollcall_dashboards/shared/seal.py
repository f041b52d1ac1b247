"""Marks a page with what its reader may see and do, so that a page that stays open knows when that has changed."""

import hashlib

from rollcall_collector.model.person import RIGHTS
from rollcall_collector.model.scope import Asker


def seal_of(asker: Asker) -> str:
    """A word that differs once their name, rights or sites do."""
    sites = "all" if asker.scope.sites is None else sorted(asker.scope.sites)
    said = f"{asker.name}\n{[right for right in RIGHTS if asker.may(right)]}\n{sites}"
    return hashlib.sha256(said.encode()).hexdigest()[:16]
