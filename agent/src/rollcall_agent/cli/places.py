"""Shows what a bridge's patterns make of its devices, and writes it as a list that the collector takes in."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from rollcall_agent.bridges.bridge import Bridge
from rollcall_agent.bridges.places import FILE, Labelled, Rehearsal, read_patterns, rehearse
from rollcall_agent.errors import ConfigError

LIST_FILE = "places.csv"
SHOWN = 10
_COLUMNS = ("serial_number", "site", "cart", "slot", "purchased_on", "warranty_until", "support_until")


def show_places(bridge: Bridge, folder: Path) -> int:
    """Ask the service, print what it knows, write the list; nothing is sent. 1 where there is nothing to import."""
    if bridge.labels is None:
        raise ConfigError(f"the bridge {bridge.name} knows nothing that people wrote about its devices")
    patterns = read_patterns(folder / FILE, bridge.place_fields)
    if bridge.place_fields and not patterns:
        raise ConfigError(f"write patterns into {folder / FILE} first: see the README for an example")
    try:
        found = rehearse(bridge.labels(folder), patterns)
    except OSError as error:
        raise ConfigError(f"the service cannot be asked: {error}") from error
    everyone = [device for device, _ in found.placed] + list(found.unmatched)
    print("\n".join([*(lines_of(found) if bridge.place_fields else ()), *_say_papers(everyone)]))
    path = folder / LIST_FILE
    path.write_text(as_list(found), encoding="utf-8")
    print(f"-> {path}: look at it, then import it on the page Devices or by 'rollcall roster import --dry-run {path}'")
    return 0 if found.placed or any(any(one.papers) for one in everyone) else 1


def lines_of(found: Rehearsal) -> Sequence[str]:
    """The rehearsal as lines to print."""
    carts = {(place.site, place.cart) for _, place in found.placed}
    return [
        f"matched    {_count(len(found.placed), 'device')} in {_count(len(carts), 'cart')}",
        *(f"  {one.serial_number}: {_say(place.site, place.cart, place.slot)}" for one, place in found.placed[:SHOWN]),
        f"unmatched  {_count(len(found.unmatched), 'device')}",
        *(f"  {one.serial_number}: {dict(one.texts) or 'nothing is written'}" for one in found.unmatched[:SHOWN]),
        f"two in one slot  {_count(len(found.crowded), 'slot')}",
        *(
            f"  {_say(place.site, place.cart, place.slot)}: {', '.join(serials)}"
            for place, serials in list(found.crowded.items())[:SHOWN]
        ),
    ]


def as_list(found: Rehearsal) -> str:
    """The list of devices with a cart, and of those with papers: CSV whose empty cells change nothing."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for device, place in found.placed:
        writer.writerow((device.serial_number, place.site, place.cart, place.slot, *device.papers))
    for device in found.unmatched:
        if any(device.papers):
            writer.writerow((device.serial_number, None, None, None, *device.papers))
    return text.getvalue()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _say_papers(devices: Sequence[Labelled]) -> Iterator[str]:
    for name in ("purchased_on", "warranty_until", "support_until"):
        if known := sum(getattr(one, name) is not None for one in devices):
            yield f"{name}  {_count(known, 'device')}, {len(devices) - known} without"


def _say(site: str | None, cart: str | None, slot: str | None) -> str:
    return ", ".join(word for word in (site, f"cart {cart}", slot and f"slot {slot}") if word)
