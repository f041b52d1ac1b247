"""Packs what the mirror is to get of one transaction into few rows, and unpacks them as lines for who sends them.

A row a line would cost as much as keeping the fact, and a line's text a fifth of it: plain values are packed in
Python's own form (`marshal`, of version 2, which every later Python reads), a tenth of the cost of text. The readings
of a message are packed as soon as it is read: values that are kept until the commit crowd the memory.
"""

import marshal
from collections.abc import Iterator, Sequence
from typing import Any

from rollcall_collector.store.keeping.lines import HEAD, VITALS_FIELDS, Record, Whose, write_line, write_vitals

PARCEL_LINES = 2_000
"""So many stand in one row at most."""
_VERSION = 2
_WIDTH = len(VITALS_FIELDS) + HEAD


def readings_record(whose: Whose, readings: list[Any]) -> Record:
    """The readings of one device in one message: of each when, its number, whether it is a day alone, and values."""
    return "vitals", *whose, len(readings) // _WIDTH, marshal.dumps(readings, _VERSION)


def pack(records: Sequence[Record | str]) -> bytes:
    """Records, or lines that are written already, as one row has them: with how many places a reading has."""
    return marshal.dumps((_WIDTH, list(records)), _VERSION)


def unpack(body: bytes) -> tuple[str, ...]:
    """The lines of one row. What was packed here alone may be unpacked: it is read from our own store."""
    told = marshal.loads(body)  # noqa: S302  # it builds plain values, and runs nothing
    width, records = told if isinstance(told, tuple) else (0, told)
    return tuple(line for one in records for line in _lines(one, width))


def parcels(records: Sequence[Record]) -> Iterator[list[Record]]:
    """These records as rows are to have them, in their order."""
    parcel: list[Record] = []
    room = PARCEL_LINES
    for one in records:
        lines = count_lines(one)
        if lines > room:
            yield parcel
            parcel, room = [], PARCEL_LINES
        parcel.append(one)
        room -= lines
    if parcel:
        yield parcel


def count_lines(record: Record) -> int:
    """How many lines become of a record, at most."""
    return int(record[4]) if record[0] == "vitals" else 1


def _lines(one: Any, width: int) -> Iterator[str]:
    if isinstance(one, str):
        yield one
    elif one[0] != "vitals":
        yield write_line(one)
    elif isinstance(one[-1], bytes):
        yield from write_vitals((*one[:4], marshal.loads(one[-1])), width)  # noqa: S302  # as above
    elif width:  # a row of before readings were packed by the message
        yield from write_vitals(one, width)
    else:  # a row of before readings stood in one list
        *whose, at_us, number, is_day_only, values = one
        yield from write_vitals((*whose, [at_us, number, is_day_only, *values]), len(values) + HEAD)
