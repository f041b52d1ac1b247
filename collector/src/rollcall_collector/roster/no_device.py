"""Knows the lines of a list that are no devices: sums below the columns, notes at the end, headings repeated."""

import re
from collections.abc import Sequence

from rollcall_collector.roster.cell_text import read_out

_SUMS = (
    *("total", "totals", "grand total", "subtotal", "sum", "sums", "count", "average", "number of"),
    *("summe", "summen", "gesamt", "gesamtsumme", "zwischensumme", "insgesamt", "anzahl", "durchschnitt"),
    *("somme", "total général", "sous-total", "nombre", "moyenne"),
    *("totaal", "subtotaal", "eindtotaal", "aantal", "gemiddelde"),
    *("totale", "totali", "totale generale", "subtotale", "somma", "conteggio"),
    *("suma", "total general", "cantidad", "soma", "total geral", "quantidade", "média", "promedio"),
)
_SUM = re.compile(
    rf"(?:{'|'.join(_SUMS)})(?: [^\W\d]+){{0,3}}(?:(?: ?[:=] ?| )[\d.,' €$£]*(?: [^\W\d]+)?)?", re.IGNORECASE
)
_NUMBER = re.compile(r"[-\d.,' €$£%]+|\d+ [^\W\d]+")
_COUNT = re.compile(r"[1-9]\d{0,4}")  # a count below the serial numbers
_RULE = re.compile(r"[-=_+|:]{3,}")
_NOTE = re.compile(r"(?:[*#©(]|[-=_]{2,}|[^\W\d_]{3,}\b[:,]? |\d+ [^\W\d_]{3}).*\S", re.DOTALL)


def what_else(cells: Sequence[str], titles: Sequence[str], serial: str) -> str | None:
    """What this line is if it is no device, else None. `serial` is its serial number's cell, empty if it says nothing.

    A site called "Total" beside a serial number is a site: only what stands where the serial number should, or alone
    with numbers, makes a sum.
    """
    filled = [cell for cell in cells if read_out(cell)]
    if [cell.casefold() for cell in cells] == [title.casefold() for title in titles]:
        return "the headings once more"
    if _SUM.fullmatch(serial) or (_is_sum(filled) and (not serial or _COUNT.fullmatch(serial))):
        return "a sum"
    if all(_RULE.fullmatch(cell) for cell in cells if cell):
        return "a drawn line"
    if len(filled) == 1 < len(titles) and _NOTE.fullmatch(filled[0]):
        return "a note"
    return None


def _is_sum(filled: Sequence[str]) -> bool:
    return bool(filled) and bool(_SUM.fullmatch(filled[0])) and all(_NUMBER.fullmatch(cell) for cell in filled[1:])
