"""Reads one cell each: prices with either comma, slots, platforms by any of their names, serial numbers, text."""

import re
from collections.abc import Callable

from rollcall_collector.model.roster import Column
from rollcall_collector.roster.cell_text import is_no_name, is_no_serial, is_no_tag
from rollcall_collector.roster.wrong import Unsaid, Wrong

TEXT_MAX = 128
NO_SERIAL = Wrong("there is no serial number", "Every device needs the number its maker gave it")
_PLATFORMS = {
    "chromeos": ("chromeos", "chromebook", "chromebooks", "chrome", "chromebox", "chromium", "cros"),
    "ipados": ("ipados", "ipad", "ipads", "ios"),
    "windows": ("windows", "win", "win10", "win11", "windows10", "windows11"),
    "macos": ("macos", "mac", "macs", "macosx", "osx", "darwin", "macbook", "macbooks", "imac"),
    "linux": ("linux", "ubuntu", "debian", "fedora", "opensuse", "raspbian", "raspberry", "zorin", "manjaro", "rhel"),
}
_ROLES = {"student": "pupil", "students": "pupil", "pupils": "pupil", "schueler": "pupil", "schüler": "pupil"}
_GROUPED = re.compile(r"\d{1,3}(?:([.,' \u00a0\u2019])\d{3})(?:\1\d{3})*(?:[.,]\d{1,2})?")
_DECIMAL = re.compile(r"\d+(?:[.,](?:\d{1,2}|\d{4}))?|-?0*[.,]?0+")
_TAIL = re.compile(r"[.,](\d{1,2})$")
_SHORTENED = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)
_CURRENCY = re.compile(r"^(?:[A-Z]{2,3}\.?|[A-Z]{0,3}[$€£¥₹¤])\s*|\s*(?:[A-Z]{3}|[$€£¥₹¤]|kr|zł)\.?$", re.IGNORECASE)
_NO_CENTS = re.compile(r"[.,][-\u2013\u2014]{1,2}$|[.,]$")
_NO_PRICE = frozenset(
    (
        *("nothing", "free", "no charge", "n/c", "gift", "donated", "donation", "lease", "leased", "included"),
        *("zero", "grant"),
        *("nichts", "kostenlos", "gratis", "geschenkt", "spende", "gespendet", "geleast", "leasing", "rien"),
        *("gratuit",),
        *("don", "offert", "niets", "gift", "geschonken", "niente", "gratuito", "donato", "omaggio", "nada", "donado"),
        *("regalo", "doado", "oferta"),
    )
)
PRICE_MAX = 1_000_000.0
_NOT_IN_SERIALS = re.compile(r'[",;|]')


def read_text(text: str) -> str | Wrong:
    """Plain text of a sensible length on one line."""
    if len(text) > TEXT_MAX:
        return Wrong(f"'{text[:20]}…' has {len(text)} letters", f"Use at most {TEXT_MAX}")
    if not text.isprintable():
        return Wrong("the cell holds a line break or a sign that cannot be printed", "Write it on one line")
    return text


def read_serial(text: str) -> str | Wrong:
    """A serial number as the maker prints it."""
    if is_no_serial(text):
        return NO_SERIAL
    if text.startswith("="):
        return Wrong(f"'{text}' is a formula", "Export what it shows, as CSV from the spreadsheet")
    if _NOT_IN_SERIALS.search(text):
        return Wrong(f"'{text}' is no serial number", "Look at the quotes and separators of this line")
    if _SHORTENED.fullmatch(text):
        return Wrong(
            f"'{text}' is a number that a spreadsheet has shortened", "Format the column as text, export again"
        )
    return read_text(text)


def read_tag(text: str) -> str | Wrong | Unsaid:
    """The school's own number of the device."""
    return Unsaid("is no tag") if is_no_tag(text) else read_text(text)


def read_cart(text: str) -> str | Wrong | Unsaid:
    """The cart's name; "no cart" is none."""
    return Unsaid("names no cart") if is_no_name(text) else read_text(text)


def read_price(text: str) -> float | Wrong | Unsaid:
    """1299.50, 1299,50, 1.299,50, 1,299.50 or 1 299, with or without a currency.

    Three digits after a sign are thousands: nobody pays a tenth of a cent. A price of nothing (a gift, a lease, a
    number that nobody knew) says nothing: else a new device would be planned at no cost.
    """
    if text.casefold() in _NO_PRICE:
        return Unsaid("is no price")
    bare = _CURRENCY.sub("", _CURRENCY.sub("", text)).strip()
    if bare and not bare.strip("-\u2013"):  # how spreadsheets' accounting style shows 0: $ -
        return Unsaid("is no price")
    bare = _NO_CENTS.sub("", bare)
    if _GROUPED.fullmatch(bare):
        tail = _TAIL.search(bare)
        number = float(re.sub(r"\D", "", bare[: tail.start()] if tail else bare) + "." + (tail[1] if tail else "0"))
    elif _DECIMAL.fullmatch(bare):
        number = float(bare.replace(",", "."))
    else:
        return Wrong(f"'{text}' is not a price", "Write it like 349.90")
    if number == 0:
        return Unsaid("is no price")
    if number > PRICE_MAX:
        return Wrong(f"'{text}' is dearer than any device", "Write the price of one device, like 349.90")
    return number


def read_slot(text: str) -> int | Wrong:
    """A slot's number, from 1."""
    bare = re.sub(r"^(?:slot|#|nr\.?|no\.?)\s*", "", text, flags=re.IGNORECASE).removesuffix(".0")
    if not bare.isascii() or not bare.isdigit() or not 1 <= int(bare) <= 999:  # noqa: PLR2004  # carts hold 10 to 50
        return Wrong(f"'{text}' is not a slot number", "Write a whole number from 1 to 999")
    return int(bare)


def read_platform(text: str) -> str | Wrong:
    """The platform behind any of its names, versions beside it: Windows 11 Pro, iOS/iPadOS, Ubuntu 24.04.1 LTS."""
    words = re.findall(r"[a-z0-9]+", re.sub(r"os x\b", "osx", text.casefold()))
    found = {platform for platform, names in _PLATFORMS.items() for word in words if word in names}
    if len(found) == 1:
        return found.pop()
    way_out = f"Write one of {', '.join(_PLATFORMS)}, or import without such lines (--skip-bad)"
    return Wrong(f"'{text}' is not a platform known here", way_out)


def read_role(text: str) -> str | Wrong:
    """What a device is for, in lower case: pupil, teacher, library, loaner and so on."""
    read = read_text(text)
    return read if isinstance(read, Wrong) else _ROLES.get(read.casefold(), read.casefold())


READERS: dict[Column, Callable[[str], str | int | float | Wrong | Unsaid]] = {
    "serial_number": read_serial,
    "asset_tag": read_tag,
    "model": read_text,
    "platform": read_platform,
    "manufacturer": read_text,
    "site": read_text,
    "cart": read_cart,
    "slot": read_slot,
    "price": read_price,
    "role": read_role,
}
"""Every column but the dates, which are read with the whole file in view."""
