"""Both databases: a bridge's devices get their ids once, known ones their own, and nobody another's."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select

from rollcall_collector.identity.bridges import (
    Bridge,
    BridgeRefusedError,
    Brought,
    EntryFault,
    bring,
    check_bridge,
)
from rollcall_collector.identity.publishers import list_publishers, retire, revoke
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.attendance import list_lost_bridges
from rollcall_collector.store.health import count_publishers
from rollcall_collector.store.tables import devices, hardware_keys, publishers, sites
from rollcall_wire import Inventory
from tests.support.digest import digest_of
from tests.support.identities import NOW, SITE, enroll_one, new_token

IPAD = Inventory(platform="ipados", manufacturer="Apple", model="iPad (9th generation)", os_version="18.5")


@pytest.fixture
def bridge(engine: Engine) -> Bridge:
    return _bridge(engine)


def _bridge(engine: Engine, *, platform: Any = "ipados", hardware: str = "b") -> Bridge:
    enrolled = enroll_one(engine, hardware=hardware, serial=None, token=new_token(engine, platform=platform))
    return check_bridge(engine, enrolled.publisher, enrolled.password)


def _ipad(number: int, **changes: Any) -> Brought:
    told: dict[str, Any] = {
        "serial_number": f"DMPX{number:06}",
        "hardware_keys": (f"00008030-{number:012}",),
        "inventory": IPAD,
    }
    return Brought(**told | changes)


def _row(engine: Engine, device_id: Any) -> Any:
    with engine.connect() as connection:
        return connection.execute(select(devices).where(devices.c.device_id == device_id)).one()


def _count(engine: Engine, table: Any = devices) -> int:
    with engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _add_to_roster(engine: Engine, **values: Any) -> str:
    row = {"device_id": "d-0000roster", **values}
    with engine.begin() as connection:
        connection.execute(insert(devices).values(**row))
    return str(row["device_id"])


def _errors(answers: Any) -> list[str]:
    return [one.error if isinstance(one, EntryFault) else "" for one in answers]


def test_devices_get_ids_in_the_order_of_the_list(engine: Engine, bridge: Bridge) -> None:
    answers = bring(engine, bridge, [_ipad(1), _ipad(2)], NOW)

    first, second = (_row(engine, one) for one in answers)
    assert (first.serial_number, second.serial_number) == ("DMPX000001", "DMPX000002")
    assert (first.platform, first.model, first.os_version) == ("ipados", IPAD.model, "18.5")
    assert first.hardware_id is None


def test_a_new_device_belongs_to_the_bridges_site_and_has_no_credential(engine: Engine, bridge: Bridge) -> None:
    (device_id,) = bring(engine, bridge, [_ipad(1)], NOW)

    with engine.connect() as connection:
        site = connection.execute(select(sites.c.site).where(sites.c.name == SITE)).scalar_one()
        spoken = connection.execute(select(publishers.c.name)).scalars().all()
    assert _row(engine, device_id).site == site
    assert spoken == [bridge.name]


def test_what_a_bridge_brought_is_never_enrolled_but_never_connected(engine: Engine, bridge: Bridge) -> None:
    bring(engine, bridge, [_ipad(number) for number in range(5)], NOW)

    with engine.connect() as connection:
        counted = count_publishers(connection, Scope.all())
        lost = list_lost_bridges(connection, Scope.all(), silent_since=NOW - timedelta(days=1))
    assert counted == {"never": 1}  # the bridge itself
    assert [one.name for one in lost] == [bridge.name]
    assert [(one.name, one.site_name) for one in list_publishers(engine, Scope.all())] == [(bridge.name, SITE)]


def test_the_same_list_again_changes_nothing(engine: Engine, bridge: Bridge) -> None:
    told = [_ipad(number) for number in range(700)]
    first = bring(engine, bridge, told, NOW)
    before = digest_of(engine)

    again = bring(engine, bridge, told, NOW + timedelta(days=3))

    assert again == first
    assert len(set(first)) == 700
    assert digest_of(engine) == before


def test_the_order_of_the_list_does_not_matter(engine: Engine, bridge: Bridge) -> None:
    told = [_ipad(number) for number in range(20)]
    first = bring(engine, bridge, told, NOW)

    turned = bring(engine, bridge, told[::-1], NOW)

    assert turned[::-1] == first
    assert _count(engine) == 20


def test_a_device_of_the_roster_is_known_by_its_serial_number_whatever_its_case(
    engine: Engine, bridge: Bridge
) -> None:
    with engine.begin() as connection:
        other = connection.execute(
            insert(sites).values(name="Lakeside", zone="America/New_York").returning(sites.c.site)
        ).scalar_one()
    listed = _add_to_roster(engine, serial_number="dmpX000001", model="From the bill", site=other)

    answers = bring(engine, bridge, [_ipad(1)], NOW)

    kept = _row(engine, listed)
    assert answers == [listed]
    assert (kept.model, kept.site, kept.platform, kept.os_version) == ("From the bill", other, "ipados", "18.5")


def test_a_device_with_an_agent_of_its_own_stays_one_device(engine: Engine) -> None:
    intune = _bridge(engine, platform="windows")
    laptop = Inventory(platform="windows", os_version="10.0.22631")
    by_serial = enroll_one(engine, hardware="c", serial="5CD1234ABC", inventory=laptop)
    by_hardware = enroll_one(engine, hardware="d", serial=None, inventory=laptop)
    cached = Inventory(platform="windows", os_version="10.0.19045", memory_bytes=2**33)

    answers = bring(
        engine,
        intune,
        [
            Brought(serial_number="5cd1234abc", hardware_keys=("azure-device-17",), inventory=cached),
            Brought(hardware_keys=("d" * 64,), inventory=cached),
        ],
        NOW,
    )

    assert answers == [by_serial.device_id, by_hardware.device_id]
    kept = _row(engine, by_serial.device_id)
    assert (kept.os_version, kept.memory_bytes) == ("10.0.22631", 2**33)


def test_an_agent_that_comes_later_takes_over_what_the_bridge_brought(engine: Engine) -> None:
    google = _bridge(engine, platform="chromeos")
    (by_serial, by_key) = bring(
        engine,
        google,
        [
            Brought(serial_number="5CD9876XYZ", hardware_keys=("directory-id-0001",)),
            Brought(hardware_keys=("e" * 64,)),
        ],
        NOW,
    )

    extension = enroll_one(engine, hardware="c", serial="5cd9876xyz", inventory=Inventory(platform="chromeos"))
    other = enroll_one(engine, hardware="e", serial=None, inventory=Inventory(platform="chromeos"))

    assert (extension.device_id, other.device_id) == (by_serial, by_key)
    assert bring(engine, google, [Brought(serial_number="5CD9876XYZ")], NOW) == [by_serial]


def test_one_bad_entry_never_costs_its_neighbours(engine: Engine, bridge: Bridge) -> None:
    gone = bring(engine, bridge, [_ipad(9)], NOW)[0]
    assert isinstance(gone, str)
    retire(engine, Scope.all(), gone, NOW)
    fault = EntryFault(error="wrong_shape", detail="This device cannot be read.")

    answers = bring(
        engine,
        bridge,
        [
            _ipad(1),
            fault,
            Brought(),
            Brought(serial_number="To be filled by O.E.M.", hardware_keys=("0000000000",)),
            _ipad(2, inventory=Inventory(platform="macos")),
            _ipad(9),
            _ipad(3),
        ],
        NOW,
    )

    assert _errors(answers) == [
        "",
        "wrong_shape",
        "no_identity",
        "no_identity",
        "wrong_platform",
        "retired_device",
        "",
    ]
    assert answers[1] is fault
    assert _count(engine) == 3


def test_a_device_of_another_platform_is_not_the_bridges(engine: Engine, bridge: Bridge) -> None:
    _add_to_roster(engine, serial_number="DMPX000001", platform="windows")

    (answer,) = bring(engine, bridge, [_ipad(1)], NOW)

    assert isinstance(answer, EntryFault)
    assert answer.error == "wrong_platform"
    assert "runs windows" in answer.detail
    assert _count(engine, hardware_keys) == 0


def test_a_serial_number_that_two_bear_merges_nobody(engine: Engine, bridge: Bridge) -> None:
    listed = _add_to_roster(engine, serial_number="SN00017")
    told = [
        Brought(serial_number="SN00017", hardware_keys=("udid-000000001",)),
        Brought(serial_number="sn00017", hardware_keys=("udid-000000002",)),
        Brought(serial_number="SN00018"),
        Brought(serial_number="SN00018"),
    ]

    answers = bring(engine, bridge, told, NOW)

    assert _errors(answers) == ["", "", "no_identity", "no_identity"]
    assert len({*answers[:2], listed}) == 3
    assert bring(engine, bridge, told, NOW) == answers


def test_a_serial_number_told_with_other_hardware_is_another_device(engine: Engine, bridge: Bridge) -> None:
    one, other = _ipad(1), _ipad(1, hardware_keys=("00008030-another",))

    first = bring(engine, bridge, [one], NOW)
    second = bring(engine, bridge, [other], NOW)

    assert first != second
    assert bring(engine, bridge, [other], NOW) == second
    assert bring(engine, bridge, [one], NOW) == first


def test_a_hardware_key_that_two_bear_merges_nobody(engine: Engine, bridge: Bridge) -> None:
    shared = "03000200-0400-0500-0006-0007000800aa"

    (first,) = bring(engine, bridge, [Brought(serial_number="DMPX000001", hardware_keys=(shared,))], NOW)
    (second,) = bring(engine, bridge, [Brought(serial_number="DMPX000002", hardware_keys=(shared,))], NOW)
    nobody = bring(engine, bridge, [Brought(hardware_keys=(shared,))], NOW)
    own = bring(engine, bridge, [Brought(hardware_keys=(shared, "00008030-own"))], NOW)

    assert first != second
    assert _errors(nobody) == ["no_identity"]
    assert own[0] not in {first, second}
    assert bring(engine, bridge, [Brought(hardware_keys=(shared, "00008030-own"))], NOW) == own


def test_one_hardware_id_of_two_makers_is_nobodys_for_agents_too(engine: Engine) -> None:
    acer, asus = (Inventory(platform="linux", manufacturer=maker) for maker in ("Acer", "ASUSTeK COMPUTER INC."))

    one = enroll_one(engine, hardware="a", serial=None, inventory=acer)
    other = enroll_one(engine, hardware="a", serial=None, inventory=asus)

    assert one.device_id != other.device_id


def test_a_device_whose_serial_number_was_unknown_gets_it_filled_in(engine: Engine, bridge: Bridge) -> None:
    before = bring(engine, bridge, [_ipad(1, serial_number=None)], NOW)

    after = bring(engine, bridge, [_ipad(1)], NOW)

    assert after == before
    assert _row(engine, after[0]).serial_number == "DMPX000001"


def test_two_bridges_know_one_device_by_keys_of_their_own(engine: Engine, bridge: Bridge) -> None:
    second = _bridge(engine, hardware="c")

    first_word = bring(engine, bridge, [_ipad(1)], NOW)
    second_word = bring(engine, second, [_ipad(1, hardware_keys=("jamf-4711",))], NOW)

    assert second_word == first_word
    assert bring(engine, second, [Brought(hardware_keys=("jamf-4711",))], NOW) == first_word


def test_lists_brought_at_once_make_no_device_twice(engine: Engine, bridge: Bridge) -> None:
    told = [_ipad(number) for number in range(50)]

    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda _: bring(engine, bridge, told, NOW), range(4)))

    assert all(one == got[0] for one in got)
    assert _count(engine) == 50


def test_only_a_bridge_with_its_own_password_that_was_not_revoked_may_bring(engine: Engine) -> None:
    device = enroll_one(engine, hardware="c")
    enrolled = enroll_one(engine, hardware="b", serial=None, token=new_token(engine, platform="ipados"))
    cases = [(enrolled.publisher, "guess"), ("b-nobody", enrolled.password), (device.publisher, device.password)]

    codes = []
    for name, password in cases:
        with pytest.raises(BridgeRefusedError) as refused:
            check_bridge(engine, name, password)
        codes.append(refused.value.code)
    revoke(engine, Scope.all(), enrolled.publisher, NOW)
    with pytest.raises(BridgeRefusedError, match="reinstate b-ipados"):
        check_bridge(engine, enrolled.publisher, enrolled.password)

    assert codes == ["bad_credentials", "bad_credentials", "not_a_bridge"]


def test_a_bridge_enrolled_anew_brings_to_the_site_of_its_new_token(engine: Engine, bridge: Bridge) -> None:
    again = _bridge(engine)

    assert again == bridge
