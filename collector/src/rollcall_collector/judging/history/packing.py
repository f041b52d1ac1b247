"""Packs columns of numbers into bytes and back: self-describing, compressed; what is alike is told once."""

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Columns: TypeAlias = Mapping[str, npt.NDArray[Any]]
"""Columns of one length by their names."""
FORM = 2
"""The version of how columns stand in bytes."""
_LEVEL = 1
"""Of zlib: higher levels take five times as long for a twentieth of the size."""


def pack(columns: Columns, names: Sequence[str] = ()) -> bytes:
    """The columns and a list of names as bytes; the same columns give the same bytes."""
    length = len(next(iter(columns.values())))
    header, body = [], []
    for name, column in columns.items():
        raw = np.ascontiguousarray(column)
        kept = raw[:1] if _is_same(raw) else raw
        body.append(zlib.compress(kept.tobytes(), _LEVEL))
        header.append((name, raw.dtype.str, len(kept), len(body[-1])))
    told = json.dumps([length, header, list(names)], separators=(",", ":"), ensure_ascii=False).encode()
    return len(told).to_bytes(4, "little") + told + b"".join(body)


def unpack(packed: bytes) -> tuple[Columns, tuple[str, ...]]:
    """The columns, read-only, and the names."""
    begins = 4 + int.from_bytes(packed[:4], "little")
    length, header, names = json.loads(packed[4:begins])
    return _Packed(packed, begins, length, header), tuple(names)


class _Packed(Mapping[str, npt.NDArray[Any]]):
    """Columns each of which is unpacked when it is asked for first: a night looks at half of what is kept."""

    def __init__(self, packed: bytes, begins: int, length: int, header: Sequence[tuple[str, str, int, int]]) -> None:
        self._packed = packed
        self._length = length
        self._parts: dict[str, tuple[str, int, slice]] = {}
        self._columns: dict[str, npt.NDArray[Any]] = {}
        for name, kind, count, size in header:
            self._parts[name] = kind, count, slice(begins, begins + size)
            begins += size

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        if name not in self._columns:
            kind, count, part = self._parts[name]
            column = np.frombuffer(zlib.decompress(memoryview(self._packed)[part]), dtype=kind, count=count)
            self._columns[name] = column if count == self._length else np.broadcast_to(column, self._length)
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)


def _is_same(column: npt.NDArray[Any]) -> bool:
    """Whether every entry has the bits of the first: NaN is like NaN."""
    bits = column.view(f"u{column.dtype.itemsize}")
    return len(bits) > 1 and bool((bits == bits[0]).all())
