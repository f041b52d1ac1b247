"""Knows which column a heading means: `Serial Number`, `serial_number` and `S/N` are one and the same."""

import re
import unicodedata
from collections.abc import Sequence
from typing import get_args

from rollcall_collector.model.roster import Column

COLUMNS: tuple[Column, ...] = get_args(Column)
_SYNONYMS: dict[Column, tuple[str, ...]] = {
    "serial_number": (
        "serial",
        "serialno",
        "serialnr",
        "sn",
        "servicetag",
        "seriennummer",
        "seriennr",
        "numerodeserie",
    ),
    "asset_tag": (
        "asset",
        "tag",
        "assetid",
        "assetno",
        "assetnumber",
        "annotatedassetid",
        "inventorynumber",
        "barcode",
        "inventarnummer",
        "inventarnr",
    ),
    "model": ("devicemodel", "hardwaremodel", "modelname", "modell", "geratemodell", "modele", "modelo"),
    "platform": ("os", "operatingsystem", "devicetype", "type", "plattform", "betriebssystem"),
    "manufacturer": ("make", "maker", "vendor", "brand", "hersteller", "fabricant", "fabricante"),
    "site": ("school", "building", "location", "campus", "schule", "standort", "ecole", "escuela", "escola"),
    "cart": ("trolley", "devicecart", "cartname", "wagen", "koffer", "laptopwagen", "chariot", "carrito"),
    "slot": ("slotnumber", "slotno", "bay", "position", "fach", "platz", "steckplatz"),
    "purchased_on": (
        "purchased",
        "purchasedate",
        "purchaseddate",
        "dateofpurchase",
        "datepurchased",
        "bought",
        "boughton",
        "kaufdatum",
        "gekauftam",
        "anschaffung",
    ),
    "price": ("cost", "purchaseprice", "purchasecost", "unitprice", "preis", "kaufpreis", "prix", "precio", "preco"),
    "warranty_until": (
        "warranty",
        "warrantyend",
        "warrantyenddate",
        "warrantyexpires",
        "warrantyexpiration",
        "endofwarranty",
        "garantiebis",
        "garantie",
    ),
    "support_until": (
        "support",
        "supportend",
        "supportenddate",
        "endofsupport",
        "endoflife",
        "eol",
        "eoldate",
        "aue",
        "auedate",
        "autoupdateexpiration",
        "supportbis",
    ),
    "role": ("use", "usage", "usedby", "purpose", "rolle", "verwendung"),
}
_MEANING: dict[str, Column] = {
    word: column for column, words in _SYNONYMS.items() for word in (column.replace("_", ""), *words)
}


def meaning(heading: str) -> Column | None:
    """The column a heading means, whatever its case, accents, spaces and signs; None for a foreign one."""
    plain = unicodedata.normalize("NFKD", heading.casefold())
    return _MEANING.get(re.sub(r"[^a-z0-9]", "", plain))


def count_known(headings: Sequence[str]) -> int:
    """How many different columns these headings name."""
    return len({meaning(heading) for heading in headings} - {None})
