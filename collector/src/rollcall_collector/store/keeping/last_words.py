"""Keeps what each of several publishers said last of a device, and from all of it what stands as the device's now.

Readings: the newest stand, whoever took them. What it is: its own agent's word stands before any bridge's, and a newer
bridge's before an older one's; what the standing word leaves open, others fill.
"""

# ruff: noqa: S608  # only column names of this folder are put into the texts; every value is a parameter

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from rollcall_collector.store.keeping.asking import Ask
from rollcall_collector.store.keeping.batch import Newest
from rollcall_collector.store.keeping.statements import INVENTORY_COLUMNS
from rollcall_wire import Inventory
from rollcall_wire.encoding import encode

Kind = Literal["inventory", "vitals"]
_READ = (
    "SELECT publisher, is_first, apart_on, inventory_us, inventory_epoch_key, inventory_seq,"
    " vitals_us, vitals_epoch_key, vitals_seq FROM device_publishers WHERE device = ? ORDER BY teller"
)
_FIND_AGENT = "SELECT publisher FROM publishers WHERE device = ?"
_READ_STATE = (
    "SELECT inventory, inventory_epoch_key, inventory_seq, vitals, vitals_epoch_key, vitals_seq, vitals_us"
    " FROM device_states WHERE device = ?"
)
_WHOSE = "SELECT publisher FROM watermarks WHERE epoch_key = ?"
_FIRST_TO_FAIL = "SELECT min(epoch_key) FROM failures WHERE device = ?"
_BEGIN = (
    "UPDATE device_publishers SET apart_on = ?, is_first = (publisher = ?), last_heard_us = CASE WHEN publisher = ?"
    " THEN (SELECT last_heard_us FROM publishers WHERE publishers.publisher = device_publishers.publisher) END"
    " WHERE device = ?"
)
_HEAR = (
    "UPDATE device_publishers SET last_heard_us = ?"
    " WHERE device = ? AND publisher = ? AND coalesce(last_heard_us, 0) < ?"
)
_SAY = {
    kind: (
        f"UPDATE device_publishers SET {kind} = ?, {kind}_us = ?, {kind}_epoch_key = ?, {kind}_seq = ?"
        " WHERE device = ? AND publisher = ?"
    )
    for kind in ("inventory", "vitals")
}
_STAND = {
    "inventory": (
        "UPDATE device_states SET inventory = ?, inventory_epoch_key = ?, inventory_seq = ? WHERE device = ?"
    ),
    "vitals": (
        "UPDATE device_states SET vitals = ?, vitals_epoch_key = ?, vitals_seq = ?, vitals_us = ? WHERE device = ?"
    ),
}
_DESCRIBE = (
    f"UPDATE devices SET {', '.join(f'{one} = coalesce(?, {one})' for one in INVENTORY_COLUMNS)},"
    " asset_tag = coalesce(asset_tag, ?) WHERE device = ?"
)
_FILL = (
    f"UPDATE devices SET {', '.join(f'{one} = coalesce({one}, ?)' for one in (*INVENTORY_COLUMNS, 'asset_tag'))}"
    " WHERE device = ?"
)


@dataclass(kw_only=True, slots=True)
class Said:
    """When one publisher said something last, and under which number; `us` is None where it never did."""

    us: int | None = None
    number: tuple[int, int] = (0, 0)


@dataclass(kw_only=True, slots=True)
class Standing:
    """A device with several publishers: its own agent, who was first, since when words are apart, who said what."""

    device: int
    agent: int | None
    first: int = 0
    apart_on: int = 0
    said: dict[int, dict[Kind, Said]] = field(default_factory=dict)

    def stands(self, publisher: int, kind: Kind) -> bool:
        """Whether this publisher's word of this kind, said just now, is taken as the device's."""
        own = self.said[publisher][kind].us or 0
        others = {one: said[kind].us for one, said in self.said.items() if one != publisher}
        if kind == "inventory" and self.agent in {publisher, *(one for one, us in others.items() if us is not None)}:
            return publisher == self.agent
        return all(us is None or us <= own for us in others.values())


class LastWords:
    """Reads and writes last words, within the transaction of a batch that holds these devices."""

    def __init__(self, ask: Ask, cursor: Any) -> None:
        self._ask = ask
        self._cursor = cursor

    def standing(self, device: int, today: int) -> Standing:
        """Who tells of this device. Nobody else changes that until the transaction ends.

        Where it is the first time that words are kept apart, what stands so far is written down as the first one's.
        """
        rows = self._ask.locked(self._cursor, _READ, device).fetchall()
        agent = self._ask(self._cursor, _FIND_AGENT, device).fetchone()
        found = Standing(device=device, agent=None if agent is None else agent[0])
        for publisher, is_first, apart_on, *said in rows:
            found.said[publisher] = {"inventory": _said(said[:3]), "vitals": _said(said[3:])}
            if is_first:
                found.first, found.apart_on = publisher, apart_on
        if not found.first:
            self._begin(found, today)
        return found

    def hear(self, standing: Standing, publisher: int, heard_us: int) -> None:
        """Note when this publisher told of the device last; an older word, come late, turns nothing back."""
        self._ask(self._cursor, _HEAR, heard_us, standing.device, publisher, heard_us)

    def say(self, standing: Standing, publisher: int, kind: Kind, newest: Newest) -> None:
        """Keep this word unless the same publisher said a newer one, and let stand what now stands."""
        _, mark, report, recorded_us = newest
        assert mark.key is not None, "watermarks are written first"
        before, number = standing.said[publisher][kind], (mark.key, report.seq)
        if before.us is not None and number <= before.number:
            return
        standing.said[publisher][kind] = Said(us=recorded_us, number=number)
        text = encode(report.body).decode()
        self._ask(self._cursor, _SAY[kind], text, recorded_us, *number, standing.device, publisher)
        is_standing = standing.stands(publisher, kind)
        if is_standing:
            at = (recorded_us,) if kind == "vitals" else ()
            self._ask(self._cursor, _STAND[kind], text, *number, *at, standing.device)
        if isinstance(report.body, Inventory):
            told = [getattr(report.body, one) for one in (*INVENTORY_COLUMNS, "asset_tag")]
            self._ask(self._cursor, _DESCRIBE if is_standing else _FILL, *told, standing.device)

    def _begin(self, standing: Standing, today: int) -> None:
        state = self._ask(self._cursor, _READ_STATE, standing.device).fetchone() or (None,) * 7
        inventory, vitals, vitals_us = state[:3], state[3:6], state[6]
        epochs = (vitals[1], inventory[1], *self._ask(self._cursor, _FIRST_TO_FAIL, standing.device).fetchone())
        tellers = [self._whose(epoch_key) for epoch_key in epochs]
        # Who only told of starts is not known by its numbers: then it is the one that was noted first.
        standing.first = next(one for one in (*tellers, *standing.said) if one in standing.said)
        standing.apart_on = today
        self._ask(self._cursor, _BEGIN, today, standing.first, standing.first, standing.device)
        self._adopt(standing, "inventory", inventory, 0)
        self._adopt(standing, "vitals", vitals, vitals_us or 0)

    def _adopt(self, standing: Standing, kind: Kind, word: Sequence[Any], us: int) -> None:
        """Write down as the first one's what it said before words were kept apart."""
        text, epoch_key, seq = word
        if text is not None and self._whose(epoch_key) == standing.first:
            self._ask(self._cursor, _SAY[kind], text, us, epoch_key, seq, standing.device, standing.first)
            standing.said[standing.first][kind] = Said(us=us, number=(epoch_key, seq))

    def _whose(self, epoch_key: int | None) -> int | None:
        row = self._ask(self._cursor, _WHOSE, epoch_key).fetchone()
        return None if row is None else int(row[0])


def _said(row: Sequence[Any]) -> Said:
    us, epoch_key, seq = row
    return Said() if us is None else Said(us=us, number=(epoch_key, seq))
