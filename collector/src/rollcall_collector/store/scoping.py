"""Narrows a question to the sites that the asker may see; where those are all, the question stays as it is."""

from typing import Any, Protocol, Self, TypeVar

from sqlalchemy import ColumnElement, select

from rollcall_collector.model.scope import Scope
from rollcall_collector.store.tables import devices, publishers


class Narrowable(Protocol):
    """A SELECT, UPDATE or DELETE."""

    def where(self, *conditions: Any) -> Self:
        """The same with these conditions too."""


Question = TypeVar("Question", bound=Narrowable)


def within(question: Question, scope: Scope, site: ColumnElement[Any]) -> Question:
    """Only rows of which this column names a site in scope: what belongs to no site is seen by who sees all."""
    return question if scope.sites is None else question.where(site.in_(sorted(scope.sites)))


def of_devices(question: Question, scope: Scope, device: ColumnElement[Any]) -> Question:
    """Only rows of which this column holds the key of a device of a site in scope."""
    return question if scope.sites is None else question.where(device.in_(within(_KEYS, scope, devices.c.site)))


def of_publishers(question: Question, scope: Scope, name: ColumnElement[Any]) -> Question:
    """Only rows of which this column holds the name of such a device's publisher; a bridge belongs to no site."""
    return question if scope.sites is None else question.where(name.in_(within(_NAMES, scope, devices.c.site)))


_KEYS = select(devices.c.device)
_NAMES = select(publishers.c.name).join(devices, devices.c.device == publishers.c.device)
