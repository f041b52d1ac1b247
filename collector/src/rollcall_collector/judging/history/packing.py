"""Packs columns of numbers into bytes and back: self-describing, compressed; what is alike is told once."""

import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Columns: TypeAlias = Mapping[str, npt.NDArray[Any]]
"""Columns of one length by their names."""
_LEVEL = 1
"""Of zlib: higher levels take five times as long for a twentieth of the size."""


def pack(columns: Columns, names: Sequence[str] = ()) -> bytes:
    """The columns and a list of names as bytes; the same columns give the same bytes."""
    length = len(next(iter(columns.values())))
    header, body = [], []
    for name, column in columns.items():
        raw = np.ascontiguousarray(column)
        kept = raw[:1] if _is_same(raw) else raw
        header.append((name, raw.dtype.str, len(kept)))
        body.append(kept.tobytes())
    told = json.dumps([length, header, list(names)], separators=(",", ":"), ensure_ascii=False).encode()
    return zlib.compress(len(told).to_bytes(4, "little") + told + b"".join(body), _LEVEL)


def unpack(packed: bytes) -> tuple[dict[str, npt.NDArray[Any]], tuple[str, ...]]:
    """The columns, read-only, and the names."""
    whole = zlib.decompress(packed)
    begins = 4 + int.from_bytes(whole[:4], "little")
    length, header, names = json.loads(whole[4:begins])
    columns = {}
    for name, kind, count in header:
        column = np.frombuffer(whole, dtype=kind, count=count, offset=begins)
        columns[name] = column if count == length else np.broadcast_to(column, length)
        begins += column.nbytes
    return columns, tuple(names)


def _is_same(column: npt.NDArray[Any]) -> bool:
    """Whether every entry has the bits of the first: NaN is like NaN."""
    bits = column.view(f"u{column.dtype.itemsize}")
    return len(bits) > 1 and bool((bits == bits[0]).all())
