"""Who asks: somebody with a role or a program with scopes, for some sites; and how long a sign-in link is good."""

from typing import Protocol

from rollcall_collector.model.roles import Right
from rollcall_collector.model.scope import Scope

LINK_MINUTES = 15
FIRST_LINK_MINUTES = 12 * 60
"""For a link that is printed where Rollcall was started, to pages that only this computer reaches."""
HANDED_LINK_MINUTES = 24 * 60
"""For a link that is made on a page, to be handed to somebody else."""


class Asker(Protocol):
    """Whoever asks for something: what they are called, what they may, and what of which sites they see."""

    @property
    def name(self) -> str:
        """What stands beside their decisions and changes."""

    @property
    def scope(self) -> Scope:
        """The sites that they see, and what of them."""

    def may(self, right: Right) -> bool:
        """Whether they hold this right."""
