"""Packs what the mirror is to get of one transaction into few rows, and unpacks them as lines for who sends them.

A row a line would cost as much as keeping the fact, and a line's text a fifth of it: plain values are packed in
Python's own form (`marshal`, of version 2, which every later Python reads), a tenth of the cost of text. The readings
of a message are packed as soon as it is read: values that are kept until the commit crowd the memory.
"""

import marshal
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Any

from rollcall_collector.store.keeping.lines import (
    LASTING_FIELDS,
    PASSING_FIELDS,
    VITALS_FIELDS,
    Reading,
    Record,
    Whose,
    write_line,
    write_vitals,
)

PARCEL_LINES = 2_000
"""So many stand in one row at most."""
_VERSION = 2
_HEAD = 3
"""So many places of a reading come before its values: when, its number, whether it is a day alone."""
_in_order = itemgetter(*map((*PASSING_FIELDS, *LASTING_FIELDS).index, VITALS_FIELDS))


def readings_record(whose: Whose, readings: list[Reading]) -> Record:
    """The readings of one device in one message."""
    return "readings", *whose, len(readings), marshal.dumps(readings, _VERSION)


def pack(records: Sequence[Record | str]) -> bytes:
    """Records, or lines that are written already, as one row has them."""
    return marshal.dumps(list(records), _VERSION)


def unpack(body: bytes) -> tuple[str, ...]:
    """The lines of one row. What was packed here alone may be unpacked: it is read from our own store."""
    told = marshal.loads(body)  # noqa: S302  # it builds plain values, and runs nothing
    width, records = told if isinstance(told, tuple) else (0, told)
    return tuple(line for one in records for line in _lines(one, width))


def parcels(records: Sequence[Record]) -> Iterator[tuple[int, list[Record]]]:
    """These records as rows are to have them, in their order, and how many lines become of each row at most."""
    parcel: list[Record] = []
    lines = 0
    for one in records:
        count = one[4] if one[0] == "readings" else 1
        if lines + count > PARCEL_LINES:
            yield lines, parcel
            parcel, lines = [], 0
        parcel.append(one)
        lines += count
    if parcel:
        yield lines, parcel


def _lines(one: Any, width: int) -> Iterator[str]:
    if isinstance(one, str):
        yield one
    elif one[0] == "readings":
        yield from write_vitals(one[1:4], _whole(marshal.loads(one[-1])))  # noqa: S302  # as above
    elif one[0] == "vitals":
        yield from write_vitals(one[1:4], _earlier(one[4:], width))
    else:
        yield write_line(one)


def _whole(readings: Sequence[Reading]) -> Iterator[Sequence[Any]]:
    lasting: Sequence[Any] = ()
    for at_us, number, is_day_only, passing, changed in readings:
        lasting = lasting if changed is None else _filled(changed, LASTING_FIELDS)
        yield at_us, number, is_day_only, *_in_order((*_filled(passing, PASSING_FIELDS), *lasting))


def _filled(values: tuple[Any, ...], names: Sequence[str]) -> tuple[Any, ...]:
    return values + (None,) * (len(names) - len(values))  # who kept them knew fewer


def _earlier(told: Sequence[Any], width: int) -> Iterator[Sequence[Any]]:
    """As earlier releases put readings: each by itself, or of one width in one list, packed by the message or not."""
    if not width:
        yield *told[:_HEAD], *told[_HEAD]
        return
    values = marshal.loads(told[-1]) if isinstance(told[-1], bytes) else told[-1]  # noqa: S302  # as above
    for start in range(0, len(values), width):
        yield values[start : start + width]
