"""What somebody may see: which schools, and what of them. Every reader asks for it, and no call can leave it out."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Protocol, Self

from rollcall_collector.model.person import Right


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """The keys of the sites that the asker may see; None: all of them, and what belongs to no site.

    What lies outside is told like what is not there, so that nobody learns by asking that it is. Without `has_devices`
    a cart's slots are told without naming a device or its flags, without `has_prices` a device without its price.
    """

    sites: frozenset[int] | None
    has_devices: bool = True
    has_prices: bool = True

    @classmethod
    def all(cls) -> Self:
        """Everything: for the command line and for work that nobody asked for, such as the night's judging."""
        return cls(sites=None)

    @property
    def is_all(self) -> bool:
        """Whether no site lies outside."""
        return self.sites is None

    def is_within(self, other: Self) -> bool:
        """Whether the other sees all sites that this one sees."""
        return other.sites is None or (self.sites is not None and self.sites <= other.sites)

    def seen_with(self, rights: Collection[Right]) -> Self:
        """The same sites, with what these rights let somebody see of them."""
        return replace(self, has_devices="devices" in rights, has_prices="prices" in rights)


class Asker(Protocol):
    """Whoever asks for something, a person or a program: how they are called, what they may, and what they see."""

    @property
    def name(self) -> str:
        """What stands beside their decisions and changes."""

    @property
    def scope(self) -> Scope:
        """The sites that they see, and what of them."""

    def may(self, right: Right) -> bool:
        """Whether they hold this right."""
