"""Which schools somebody may see. Everything that answers people asks for it, and no call can leave it out."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """The keys of the sites that the asker may see; None: all of them, and what belongs to no site.

    What lies outside is told like what is not there, so that nobody learns by asking that it is.
    """

    sites: frozenset[int] | None

    @classmethod
    def all(cls) -> Self:
        """Everything: for the command line and for work that nobody asked for, such as the night's judging."""
        return cls(sites=None)

    @property
    def is_all(self) -> bool:
        """Whether nothing lies outside."""
        return self.sites is None

    def is_within(self, other: Self) -> bool:
        """Whether the other sees all that this one sees."""
        return other.sites is None or (self.sites is not None and self.sites <= other.sites)
