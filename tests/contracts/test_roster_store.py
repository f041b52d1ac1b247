"""A list is in the store altogether or not at all, and a second time changes nothing."""

import pytest
from sqlalchemy import Engine, insert, select, update

from rollcall_collector.model.device import DeviceQuery
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import NewSite
from rollcall_collector.roster import export_roster, import_roster, read_list_before
from rollcall_collector.store.carts import list_carts
from rollcall_collector.store.devices import find_device, list_devices
from rollcall_collector.store.sites import count_sites, list_sites
from rollcall_collector.store.tables import carts, device_states, devices

LIST = """serial,asset tag,model,platform,manufacturer,site,cart,slot,purchased on,price,warranty until,support until,role
PF3A1,T-001,300e,Windows,Lenovo,Oak,B,1,2023-08-01,"349,90",2026-08-01,2031-06-30,
PF3A2,T-002,300e,Windows,Lenovo,Oak,B,2,2023-08-01,"349,90",2026-08-01,2031-06-30,
PF3A3,=1+1,iPad 9,iPad,Apple,Elm,,,,,,,teacher
"""
ZONE = "Europe/Berlin"


def _import(engine: Engine, text: str, *, is_dry_run: bool = False, skips_bad: bool = False) -> object:
    report = import_roster(
        engine, Scope.all(), text.encode(), new_site=NewSite(zone=ZONE), is_dry_run=is_dry_run, skips_bad=skips_bad
    )
    return report.changes and (report.changes.added, report.changes.changed, report.changes.unchanged)


def _devices(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        page = list_devices(connection, Scope.all(), DeviceQuery(sort="serial_number"))
    return [device.serial_number or "" for device in page.devices]


def test_a_list_brings_its_devices_sites_and_carts(engine: Engine) -> None:
    report = import_roster(engine, Scope.all(), LIST.encode(), new_site=NewSite(zone=ZONE))

    assert report.changes is not None
    assert (report.changes.added, report.changes.sites, report.changes.carts) == (3, ("Oak", "Elm"), ("B (Oak)",))
    with engine.connect() as connection:
        device = find_device(connection, Scope.all(), "T-002")
        assert (device.site, device.cart, device.slot, device.price, device.platform) == (
            "Oak",
            "B",
            2,
            349.9,
            "windows",
        )
        assert device.last_heard_at is None
        assert device.verdict == "not_enough_evidence"
        assert {site.name: (site.zone, site.devices) for site in count_sites(connection, Scope.all())} == {
            "Elm": (ZONE, 1),
            "Oak": (ZONE, 2),
        }


def test_a_second_import_changes_nothing(engine: Engine) -> None:
    first = _import(engine, LIST)

    second = _import(engine, LIST)

    assert (first, second) == ((3, 0, 0), (0, 0, 3))


def test_the_exported_list_imports_as_no_change(engine: Engine) -> None:
    _import(engine, LIST)
    with engine.connect() as connection:
        text, left_out = export_roster(connection, Scope.all())

    again = _import(engine, text)

    assert left_out == 0
    assert again == (0, 0, 3)
    with engine.connect() as connection:
        assert export_roster(connection, Scope.all()) == (text, 0)
    assert "'=1+1" in text


def test_an_exported_list_fills_an_empty_store_alike(engine: Engine) -> None:
    _import(engine, LIST)
    with engine.begin() as connection:
        text, _ = export_roster(connection, Scope.all())
        connection.execute(devices.delete())

    _import(engine, text)

    with engine.connect() as connection:
        assert export_roster(connection, Scope.all()) == (text, 0)


def test_the_list_before_takes_an_import_back(engine: Engine) -> None:
    _import(engine, LIST)
    with engine.connect() as connection:
        before, _ = export_roster(connection, Scope.all())
    _import(engine, "serial,site,cart,price,warranty until\nPF3A1,Elm,C,300,-\nPF3A3,Elm,C,,2027-01-01\n")
    _import(engine, LIST, is_dry_run=True)

    taken_back = _import(engine, read_list_before(engine, Scope.all()) or "")

    assert taken_back == (0, 2, 1)
    with engine.connect() as connection:
        assert export_roster(connection, Scope.all()) == (before, 0)


def test_an_import_that_changes_nothing_keeps_the_list_before_the_last_one_that_did(engine: Engine) -> None:
    _import(engine, LIST)
    first = read_list_before(engine, Scope.all())

    _import(engine, LIST)

    assert first is not None
    assert first.count("\n") == 1
    assert read_list_before(engine, Scope.all()) == first


def test_a_device_that_the_list_calls_gone_stays_and_is_named(engine: Engine) -> None:
    _import(engine, LIST)

    report = import_roster(
        engine,
        Scope.all(),
        b"Serial,Site,Status\nPF3A1,Oak,DEPROVISIONED\nPF3A2,Oak,ACTIVE\nX9,Oak,lost\n",
        new_site=NewSite(zone=ZONE),
    )

    assert report.changes is not None
    assert (report.changes.added, report.changes.total, report.changes.unchanged) == (0, 0, 1)
    assert report.changes.remarks[0].startswith("not in use by the list, but still in use here: T-001 (d-")
    assert _devices(engine) == ["PF3A1", "PF3A2", "PF3A3"]


def test_where_there_is_one_site_only_devices_without_one_belong_to_it(engine: Engine) -> None:
    _import(engine, "serial,site\nA1,Oak\n")

    done = _import(engine, "serial,cart,slot\nA1,B,1\nA2,B,2\n")

    assert done == (1, 1, 0)
    with engine.connect() as connection:
        assert [(cart.name, cart.site, cart.members) for cart in list_carts(connection, Scope.all())] == [
            ("B", "Oak", 2)
        ]


def test_a_new_site_that_looks_like_a_slip_of_the_pen_is_asked_about(engine: Engine) -> None:
    _import(engine, "serial,site\nA1,Hill School\nA2,School A\nA3,School B\n")

    report = import_roster(
        engine,
        Scope.all(),
        b"serial,site\nA4,Hill Scool\nA5,hillschool\nA6,School C\n",
        new_site=NewSite(zone=ZONE),
        is_dry_run=True,
    )

    assert report.changes is not None
    assert report.changes.remarks == (
        "'Hill Scool' is a new site beside 'Hill School': if they are one school, mend the list first",
        "'hillschool' is a new site beside 'Hill School': if they are one school, mend the list first",
    )


def test_one_bad_row_keeps_everything_out(engine: Engine) -> None:
    done = _import(engine, LIST + "PF3A4,,,,,Ash,,x\n")

    assert done is None
    assert _devices(engine) == []
    with engine.connect() as connection:
        assert list_sites(connection, Scope.all()) == ()


def test_bad_rows_are_skipped_where_that_is_asked_for(engine: Engine) -> None:
    done = _import(engine, LIST + "PF3A4,,,,,Ash,A,x\n", skips_bad=True)

    assert done == (3, 0, 0)
    assert _devices(engine) == ["PF3A1", "PF3A2", "PF3A3"]


def test_a_dry_run_says_what_would_happen_and_does_nothing(engine: Engine) -> None:
    told = _import(engine, LIST, is_dry_run=True)

    assert told == (3, 0, 0)
    assert _devices(engine) == []
    with engine.connect() as connection:
        assert (list_sites(connection, Scope.all()), list_carts(connection, Scope.all())) == ((), ())


def test_a_list_changes_only_what_it_says(engine: Engine) -> None:
    _import(engine, LIST)

    done = _import(engine, "serial,price,asset tag\npf3a1,300,\n")

    assert done == (0, 1, 0)
    with engine.connect() as connection:
        device = find_device(connection, Scope.all(), "PF3A1")
        assert (device.price, device.asset_tag, device.cart, device.slot) == (300.0, "T-001", "B", 1)


def test_a_device_that_moves_leaves_its_slot_and_cart(engine: Engine) -> None:
    _import(engine, LIST)

    _import(engine, "serial,site,cart\nPF3A1,Elm,\nPF3A2,Oak,C\n")

    with engine.connect() as connection:
        moved, changed = find_device(connection, Scope.all(), "PF3A1"), find_device(connection, Scope.all(), "PF3A2")
    assert (moved.site, moved.cart, moved.slot) == ("Elm", None, None)
    assert (changed.site, changed.cart, changed.slot) == ("Oak", "C", None)


def test_a_crowded_cart_is_said(engine: Engine) -> None:
    _import(engine, LIST)
    with engine.begin() as connection:
        connection.execute(update(carts).values(slots=2))

    report = import_roster(
        engine, Scope.all(), b"serial,site,cart,slot\nX1,Oak,B,2\nX2,Oak,B,9\n", new_site=NewSite(zone=ZONE)
    )

    assert report.changes is not None
    assert report.changes.remarks == (
        "cart B (Oak): two devices or more share slot 2",
        "cart B (Oak): 4 members, but 2 slots",
        "cart B (Oak): slot 9 is beyond its 2 slots",
    )


@pytest.mark.parametrize("platform", ["linux", "chromeos"])
def test_a_heard_devices_own_word_on_its_platform_stands(engine: Engine, platform: str) -> None:
    _import(engine, LIST)
    with engine.begin() as connection:
        key = connection.execute(select(devices.c.device).where(devices.c.serial_number == "PF3A1")).scalar_one()
        connection.execute(update(devices).where(devices.c.device == key).values(platform=platform))
        connection.execute(insert(device_states).values(device=key, inventory="{}"))

    report = import_roster(engine, Scope.all(), LIST.encode(), new_site=NewSite(zone=ZONE))

    assert report.changes is not None
    assert (report.changes.total, report.changes.unchanged) == (0, 3)
    assert report.changes.remarks == ("1 device says another platform of itself than the list: its own word stands",)


def test_twenty_thousand_rows_are_one_import(engine: Engine) -> None:
    rows = "".join(f"SN{number:05d},Oak,Cart {number // 30},{number % 30 + 1}\n" for number in range(20_000))

    done = _import(engine, "serial,site,cart,slot\n" + rows)

    assert done == (20_000, 0, 0)


def test_a_list_may_say_the_tag_alone_and_a_cart_without_its_site(engine: Engine) -> None:
    first = b"serial,tag,site,cart,slot\nS1,CB-01,Oak,A,1\nS2,CB-02,Oak,A,2\nS3,CB-03,Elm,C,\nS4,CB-03,Elm,C,\n"
    import_roster(engine, Scope.all(), first, new_site=NewSite(zone="UTC"))

    moved = import_roster(
        engine, Scope.all(), b"Asset Tag,Cart,Slot\ncb-01,B,7\nCB-02,B,8\n", new_site=NewSite(zone="UTC")
    )
    refused = import_roster(engine, Scope.all(), b"Asset Tag,Cart\nCB-09,B\nCB-03,B\n", new_site=NewSite(zone="UTC"))

    assert moved.changes is not None
    assert moved.changes.changed == 2
    assert moved.changes.carts == ("B (Oak)",)
    with engine.connect() as connection:
        found = [find_device(connection, Scope.all(), name) for name in ("S1", "S2")]
    assert [(one.asset_tag, one.site, one.cart, one.slot) for one in found] == [
        ("cb-01", "Oak", "B", 7),
        ("CB-02", "Oak", "B", 8),
    ]
    assert [str(problem) for problem in refused.reading.problems] == [
        "line 2, Asset Tag: there is no serial number, and no device with the tag 'CB-09' is known. Say the serial number.",
        "line 3, Asset Tag: several devices have the tag 'CB-03'. Say the serial number.",
    ]
