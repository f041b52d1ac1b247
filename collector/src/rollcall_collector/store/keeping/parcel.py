"""Packs what the mirror is to get of one transaction into one row, and unpacks it as lines for who sends it.

A row a line would cost as much as keeping the fact, and a line's text a fifth of it: plain values are packed in
Python's own form (`marshal`, of version 2, which every later Python reads), a tenth of the cost of text.
"""

import marshal
from collections.abc import Sequence

from rollcall_collector.store.keeping.lines import Record, write_line

PARCEL_LINES = 2_000
"""So many stand in one row at most."""
_VERSION = 2


def pack(records: Sequence[Record | str]) -> bytes:
    """Records, or lines that are written already, as one row has them."""
    return marshal.dumps(list(records), _VERSION)


def unpack(body: bytes) -> tuple[str, ...]:
    """The lines of one row. What was packed here alone may be unpacked: it is read from our own store."""
    records: list[Record | str] = marshal.loads(body)  # noqa: S302  # it builds plain values, and runs nothing
    lines = (one if isinstance(one, str) else write_line(one) for one in records)
    return tuple(line for line in lines if line is not None)
