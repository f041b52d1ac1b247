"""Fills a store with a small district through the collector's own rooms: three schools, three carts, eleven weeks."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zlib import crc32
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from rollcall_collector.identity.credentials import digest
from rollcall_collector.identity.people import Role, add_person, create_link, redeem_link
from rollcall_collector.judging.fleet import judge_fleet
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import NewSite
from rollcall_collector.roster import import_roster
from rollcall_collector.store.carts import ensure_cart, find_cart, set_cart
from rollcall_collector.store.devices import find_device
from rollcall_collector.store.instants import to_us
from rollcall_collector.store.keeping import Checked, Keeper, RefusedReport
from rollcall_collector.store.publishers.identities import set_credential
from rollcall_collector.store.publishers.registry import DeviceEntry, KnownPublisher, Registry
from rollcall_collector.store.sites import add_holidays, find_site
from rollcall_collector.store.teachers.cart_codes import replace_code
from rollcall_wire import Body, Boot, Failure, Inventory, Report, State, Vitals
from rollcall_wire.codes import Platform
from tests.support.fleets.record import FADING, Remembered, keep_record

ZONE = "Europe/London"
NOW = datetime(2026, 11, 24, 9, 40, tzinfo=UTC)
"""A Tuesday morning in school."""
DAYS = 77
CODE = "seeded-code-of-cart-b-43-letters-as-real-ones"
"""The secret of the code that stands on Cart B."""
HALF_TERM = tuple(date(2026, 10, 26) + timedelta(days=day) for day in range(5))
HOSTILE = "<script>alert(1)</script>"
"""A model name that some device might well send."""
FORMULA = '=HYPERLINK("http://evil.example")'
"""A tag that a spreadsheet would run."""


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """What the devices of one place are."""

    site: str
    cart: str
    count: int
    platform: Platform
    manufacturer: str
    model: str
    prefix: str
    login: float
    design_wh: float = 46.0
    bought: str = "2023-08-01"
    price: str = "349.00"
    warranty: str = "2026-08-01"
    support: str = "2031-06-30"


@dataclass(kw_only=True)
class _Made:
    """A device and what will befall it."""

    kind: _Kind
    name: str
    serial: str
    slot: int | None
    troubles: tuple[str, ...] = ()
    seq: int = 0
    level: float = 90.0
    boots: int = 0
    random: Random = field(default_factory=Random)


_KINDS = (
    _Kind(
        site="North School",
        cart="Cart A",
        count=30,
        platform="chromeos",
        manufacturer="Lenovo",
        model="300e Gen 3",
        prefix="CB",
        login=11,
    ),
    _Kind(
        site="North School",
        cart="Cart B",
        count=26,
        platform="windows",
        manufacturer="HP",
        model="ProBook Fortis 11",
        prefix="NB",
        login=38,
    ),
    _Kind(
        site="South School",
        cart="Cart C",
        count=16,
        platform="chromeos",
        manufacturer="Acer",
        model="Chromebook 511",
        prefix="SC",
        login=14,
        price="289.00",
        warranty="2027-08-01",
    ),
    _Kind(
        site="Hill School",
        cart="",
        count=6,
        platform="linux",
        manufacturer="Dell",
        model="OptiPlex 3060",
        prefix="PC",
        login=52,
        design_wh=0,
        bought="2019-08-01",
        price="",
        warranty="2022-08-01",
        support="2027-06-30",
    ),
)
_TROUBLES: dict[str, tuple[str, ...]] = {
    "NB-04": ("disk",),
    "NB-11": ("battery",),
    "NB-17": ("battery",),
    "NB-20": ("low",),
    "NB-21": ("low",),
    "NB-22": ("charging",),
    "NB-09": ("slow",),
    "NB-25": ("silent",),
    "CB-05": ("silent",),
    "CB-12": ("low",),
    "CB-13": ("charging",),
    "CB-14": ("in_use",),
    "CB-28": ("battery",),
    "PC-03": ("crashes",),
    "PC-06": ("never",),
}


def seed_district(engine: Engine, *, has_record: bool = True) -> None:
    """Three schools with 78 devices as they would stand on a Tuesday morning; the same every time.

    Without the record behind it the fleet is too young to name devices by comparing them.
    """
    made = list(_make_devices())
    import_roster(engine, Scope.all(), _roster(made).encode(), new_site=NewSite(zone=ZONE))
    with engine.begin() as connection:
        for site in ("North School", "South School", "Hill School"):
            add_holidays(connection, find_site(connection, Scope.all(), site).site, HALF_TERM, "Half term")
        for number, (site, cart, room, slots) in enumerate(
            (
                ("North School", "Cart A", "Library", 30),
                ("North School", "Cart B", "Room 12", 30),
                ("South School", "Cart C", "Room 3", 16),
            )
        ):
            key, _ = ensure_cart(connection, find_site(connection, Scope.all(), site).site, cart)
            set_cart(
                connection,
                Scope.all(),
                key,
                home_room=room,
                slots=slots,
                charging="cyclic_thirds" if number == 2 else "all_at_once",
            )
        key = find_cart(connection, Scope.all(), "Cart B").cart
        replace_code(connection, Scope.all(), key, secret_hash=digest(CODE), author="Tom", now=NOW - timedelta(days=4))
        if has_record:
            keep_record(connection, ZONE, [_remember(one) for one in made if "never" not in one.troubles])
    _report(engine, made)
    judge_fleet(engine, NOW)


def sign_in(engine: Engine, name: str = "Ada", role: Role = "admin", now: datetime = NOW) -> str:
    """The secret of a session of a new person in this role."""
    add_person(engine, name, role, Scope.all(), now)
    session = redeem_link(engine, create_link(engine, name, now), now)
    assert session is not None
    return session


def _remember(one: _Made) -> Remembered:
    return Remembered(name=one.name, design_wh=one.kind.design_wh, share=_share(one, DAYS))


def _make_devices() -> Iterator[_Made]:
    for kind in _KINDS:
        for number in range(1, kind.count + 1):
            name = f"{kind.prefix}-{number:02d}"
            yield _Made(
                kind=kind,
                name=name,
                serial=f"SN{kind.prefix}{number:04d}",
                slot=number if kind.cart else None,
                troubles=_TROUBLES.get(name, ()),
                random=Random(crc32(name.encode())),
            )


def _roster(made: list[_Made]) -> str:
    lines = [
        "serial,asset tag,model,platform,manufacturer,site,cart,slot,purchased on,price,warranty until,support until"
    ]
    for one in made:
        kind = one.kind
        lines.append(
            f"{one.serial},{one.name},{kind.model},{kind.platform},{kind.manufacturer},{kind.site},{kind.cart},"
            f"{one.slot or ''},{kind.bought},{kind.price},{kind.warranty},{kind.support}"
        )
    return "\n".join(lines) + "\n"


def _report(engine: Engine, made: list[_Made]) -> None:
    publishers = _enroll(engine, made)
    keeper = Keeper(engine)
    today = NOW.astimezone(ZoneInfo(ZONE)).date()
    for back in range(DAYS, -1, -1):
        on = today - timedelta(days=back)
        if on.isoweekday() <= 5 and on not in HALF_TERM:
            _keep_day(keeper, publishers, on, back)
    batch = keeper.batch(to_us(NOW))
    for one, publisher in publishers:
        if not {"never", "silent"} & set(one.troubles):
            batch.add_state(publisher, State(state="ready", session=1))
        if "never" in one.troubles:
            wrong = RefusedReport(seq=None, reason="clock_wrong", detail="booted_at 1970-01-01", payload=b"{}")
            for _ in range(3):
                batch.refuse(publisher.name, wrong)
    keeper.keep(batch)
    keeper.forget()


def _enroll(engine: Engine, made: list[_Made]) -> list[tuple[_Made, KnownPublisher]]:
    enrolled_us = to_us(NOW - timedelta(days=DAYS))
    with engine.begin() as connection:
        names = []
        for one in made:
            device = find_device(connection, Scope.all(), one.serial)
            names.append(device.device_id)
            set_credential(
                connection,
                name=device.device_id,
                device=device.device,
                platform=None,
                secret_hash="$7$x",
                now_us=enrolled_us,
            )
        set_credential(
            connection, name="google-north", device=None, platform="chromeos", secret_hash="$7$x", now_us=enrolled_us
        )
    registry = Registry(engine)
    registry.refresh()
    found = [registry.publisher(name) for name in names]
    return [(one, publisher) for one, publisher in zip(made, found, strict=True) if publisher is not None]


def _keep_day(keeper: Keeper, publishers: list[tuple[_Made, KnownPublisher]], on: date, back: int) -> None:
    heard_at = NOW if back == 0 else datetime.combine(on, time(14, 30), ZoneInfo(ZONE)).astimezone(UTC)
    batch = keeper.batch(to_us(heard_at))
    for one, publisher in publishers:
        is_off = back > 0 and one.random.random() < 0.06
        if is_off or "never" in one.troubles or ("silent" in one.troubles and back < 30):
            continue
        assert publisher.device is not None
        accepted = [_accepted(one, publisher.device, body, at) for body, at in _bodies(one, on, heard_at, back)]
        batch.add(publisher, Checked(epoch="seededepoch00001", accepted=accepted, refused=()))
    keeper.keep(batch)


def _accepted(one: _Made, device: DeviceEntry, body: Body, at: datetime) -> tuple[Report, DeviceEntry, int, int]:
    one.seq += 1
    report = Report(seq=one.seq, device_id=device.device_id, recorded_at=at, body=body)
    return report, device, to_us(at), to_us(at)


def _bodies(one: _Made, on: date, heard_at: datetime, back: int) -> Iterator[tuple[Body, datetime]]:
    if one.seq == 0 or back == 0:
        yield _inventory(one, back), heard_at
    at = datetime.combine(on, time(8, 10 + one.random.randrange(40)), ZoneInfo(ZONE)).astimezone(UTC)
    yield _boot(one, at, back), at
    if "crashes" in one.troubles and back % 3 == 0:
        yield Failure(channel="crash", code="kernel_oops", occurred_at=at, evidence={"value": 1}), at
    if "disk" in one.troubles and back == 1:
        yield Failure(channel="storage", code="smart_failing", occurred_at=at, evidence={"exit_status": 8}), at
    if one.kind.prefix == "SC" and back <= 1 and one.random.random() < 0.6:
        yield Failure(channel="crash", code="os_crash", occurred_at=at), at
    yield _vitals(one, back), heard_at


def _inventory(one: _Made, back: int) -> Inventory:
    kind = one.kind
    return Inventory(
        platform=kind.platform,
        manufacturer=kind.manufacturer,
        model=HOSTILE if one.name == "PC-02" else kind.model,
        serial_number=one.serial,
        os_version="142.0.1" if back < 22 and kind.prefix == "SC" else "141.0.2",
        memory_bytes=8 << 30,
        storage_bytes=128_000_000_000,
        agent_version="0.1.0",
        sources=("boot", "battery", "storage"),
        permissions_missing=("smartctl: run as root",) if kind.prefix == "PC" else (),
    )


def _boot(one: _Made, at: datetime, back: int) -> Boot:
    one.boots += 1
    took = one.kind.login * (0.9 + 0.25 * one.random.random())
    if "slow" in one.troubles and back < 24:
        took *= 1.9
    if one.random.random() < 0.015:
        took *= 3
    unclean = one.random.random() < (0.25 if "crashes" in one.troubles else 0.008)
    return Boot(
        boot_id=f"boot-{one.name}-{one.boots:04d}",
        booted_at=at,
        source="systemd"
        if one.kind.platform == "linux"
        else "google_telemetry"
        if one.kind.platform == "chromeos"
        else "event_log",
        start_kind="full",
        firmware_seconds=round(took * 0.2, 1),
        loader_seconds=round(took * 0.08, 1),
        kernel_seconds=round(took * 0.24, 1),
        userspace_seconds=round(took * 0.48, 1),
        to_login_seconds=round(took, 1),
        os_version="142.0.1" if back < 22 and one.kind.prefix == "SC" else ("141.0.2" if back < 40 else "140.3.0"),
        previous_stop="unclean" if unclean else "clean",
        stop_cause="power_button_held" if unclean else "user",
    )


def _share(one: _Made, back: int) -> float:
    """What its battery holds of its design, so many days back."""
    if "battery" in one.troubles:
        return 0.66 - 0.0014 * (DAYS - back)
    return 0.86 - 0.0006 * (DAYS - back) if one.name in FADING else 0.95 - 0.0001 * (DAYS - back)


def _vitals(one: _Made, back: int) -> Vitals:
    if not one.kind.design_wh:
        return Vitals(storage_free_bytes=41_000_000_000, temperature_max_celsius=54.0, awake_seconds=21_600)
    share = _share(one, back)
    level, charging = 55 + 45 * one.random.random(), False
    if back == 0 and "low" in one.troubles:
        level = 18.0
    if back == 0 and "charging" in one.troubles:
        level, charging = 22.0, True
    elif back == 0 and "in_use" not in one.troubles:
        charging = "low" not in one.troubles
    return Vitals(
        battery_level_percent=round(level),
        is_charging=charging,
        is_plugged_in=charging,
        battery_full_wh=round(one.kind.design_wh * share * (0.995 + 0.01 * one.random.random()), 1),
        battery_design_wh=one.kind.design_wh,
        battery_cycles=420 + (DAYS - back) * (3 if "battery" in one.troubles else 1),
        storage_free_bytes=61_000_000_000,
        storage_wear_percent=7.0,
        media_errors=0,
        unsafe_stops=12,
        temperature_max_celsius=48.5,
        awake_seconds=18_000,
    )
