"""What speaks through a bridge has no agent: no page asks for one that never connected."""

from pathlib import Path

from rollcall_collector.identity.bridges import Brought, bring, check_bridge
from rollcall_collector.store.tables import publishers
from rollcall_wire import Inventory
from tests.support.browsing import serving
from tests.support.fleets.seed import NOW
from tests.support.identities import enroll_one, new_token
from tests.support.reading import read_page, words_of

IPAD = Inventory(platform="ipados", manufacturer="Apple", model="iPad (9th generation)")
NEVER = "Enrolled, never connected"


def test_the_devices_of_a_bridge_are_nobody_who_never_connected(tmp_path: Path) -> None:
    with serving(tmp_path, is_seeded=False) as served:
        enrolled = enroll_one(
            served.engine, hardware="b", serial=None, token=new_token(served.engine, platform="ipados", now=NOW)
        )
        bridge = check_bridge(served.engine, enrolled.publisher, enrolled.password)
        brought = [
            Brought(serial_number=f"DMPX{n:06}", hardware_keys=(f"00008030-{n:012}",), inventory=IPAD)
            for n in range(5)
        ]
        first, *_ = bring(served.engine, bridge, brought, NOW)
        waiting = words_of(read_page(served, "/health"))
        with served.engine.begin() as connection:
            connection.execute(publishers.update().values(state="ready"))

        health, ipad = (words_of(read_page(served, page)) for page in ("/health", f"/devices/{first}"))

    assert f"{NEVER} 1" in waiting  # the bridge itself, before it came
    assert NEVER not in health
    assert "doctor" not in health
    assert NEVER not in ipad
    assert "doctor" not in ipad
