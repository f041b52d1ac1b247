"""Reads the firmware's own description of a PC (SMBIOS): its maker, model, serial number, tag and id."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from rollcall_agent.sources.recognition import meant

HEADER_BYTES = 8
"""Before the table Windows puts its version and length."""
SYSTEM, BOARD, CHASSIS, END = 1, 2, 3, 127
MAKER, PRODUCT, VERSION, SERIAL, TAG = 4, 5, 6, 7, 8
ID_AT, ID_BYTES = 8, 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Firmware:
    """What the firmware states; None where nobody wrote it."""

    manufacturer: str | None = None
    model: str | None = None
    serial_number: str | None = None
    board_serial: str | None = None
    asset_tag: str | None = None
    hardware_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Structure:
    kind: int
    body: bytes
    texts: tuple[str, ...]

    def text(self, at: int) -> str | None:
        number = self.body[at] if at < len(self.body) else 0
        return meant(self.texts[number - 1]) if 0 < number <= len(self.texts) else None


def parse(table: bytes) -> Firmware:
    """What Windows hands over as the raw table. A broken one tells as much as can be read of it."""
    found: dict[int, _Structure] = {}
    for structure in _structures(table[HEADER_BYTES:]):
        found.setdefault(structure.kind, structure)
    nothing = _Structure(kind=END, body=b"", texts=())
    system, board, chassis = (found.get(kind, nothing) for kind in (SYSTEM, BOARD, CHASSIS))
    maker = system.text(MAKER)
    # Lenovo writes the part number into the name and the name into the version.
    named = system.text(VERSION) if (maker or "").upper() == "LENOVO" else None
    return Firmware(
        manufacturer=maker,
        model=named or system.text(PRODUCT),
        serial_number=system.text(SERIAL),
        board_serial=board.text(SERIAL),
        asset_tag=chassis.text(TAG),
        hardware_id=_id(system.body),
    )


def _structures(table: bytes) -> Iterator[_Structure]:
    at = 0
    while at + 4 <= len(table):
        kind, length = table[at], table[at + 1]
        end = table.find(b"\0\0", at + max(length, 4))
        if kind == END or length < 4 or end < 0:  # noqa: PLR2004  # a structure's head
            return
        texts = table[at + length : end].split(b"\0")
        yield _Structure(
            kind=kind,
            body=table[at : at + length],
            texts=tuple(one.decode(errors="replace").strip() for one in texts),
        )
        at = end + 2


def _id(system: bytes) -> str | None:
    raw = system[ID_AT : ID_AT + ID_BYTES]
    return meant(str(uuid.UUID(bytes_le=raw))) if len(raw) == ID_BYTES else None
