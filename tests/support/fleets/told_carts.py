"""Lets a make-believe district tell its days minute by minute, and holds what is said of its carts to the truth.

What the devices say goes through the collector's own keeping, as late as they say it. Only the simulator knows who is
in a lesson; what a device tells later that day shows whether it was rightly called low or ready.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from operator import itemgetter
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from rollcall_agent.simulator.district import District, Plan, make_district
from rollcall_agent.simulator.life.history import Life
from rollcall_agent.simulator.life.schoolyear import LESSON_SECONDS, Use
from rollcall_agent.simulator.opening import stretches
from rollcall_agent.simulator.roster_files import write_calendar, write_roster
from rollcall_collector.carts.now import judge_carts
from rollcall_collector.cli.demo.papers import bring_in_papers
from rollcall_collector.model.cart import SlotState
from rollcall_collector.model.device import DeviceQuery
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import NewSite
from rollcall_collector.store.devices import every_device
from rollcall_collector.store.instants import to_us
from rollcall_collector.store.keeping import Checked, Keeper
from rollcall_collector.store.publishers.identities import set_credential
from rollcall_collector.store.publishers.registry import KnownPublisher, Registry
from rollcall_wire import Body, Report, State, Vitals

ZONE = "America/Chicago"
ENOUGH_PERCENT = 40
TIMES = (time(8, 40), time(9, 25), time(10, 10), time(11, 15), time(12, 30), time(13, 40), time(14, 45))
_AT_ONCE = timedelta(minutes=3)
"""Devices are heard this exactly."""
_LOST_AFTER = timedelta(seconds=90)
"""One and a half times the agents' keepalive."""
_Said = tuple[datetime, int, Body | State]


@dataclass(kw_only=True)
class CartCount:
    """What was said of the devices of carts at some moments, and what was so. All are counts of device-moments."""

    states: Counter[SlotState] = field(default_factory=Counter)
    low_told_later: int = 0
    low_had_enough: int = 0
    ready_told_next: int = 0
    ready_had_enough: int = 0
    in_lesson: Counter[SlotState] = field(default_factory=Counter)

    @property
    def low_share_wrong(self) -> float:
        """Of those called low, who told enough later that day; 0 where nobody was called low."""
        return self.low_had_enough / self.states["low"] if self.states["low"] else 0.0

    @property
    def in_lesson_share_in_use(self) -> float:
        """Of those in a lesson, who was called in use."""
        return self.in_lesson["in_use"] / self.in_lesson.total()

    @property
    def ready_share_right(self) -> float:
        """Of those called ready and heard again that day, who had enough then."""
        return self.ready_had_enough / self.ready_told_next

    def add(self, other: "CartCount") -> None:
        """Count these too."""
        self.states += other.states
        self.in_lesson += other.in_lesson
        self.low_told_later += other.low_told_later
        self.low_had_enough += other.low_had_enough
        self.ready_told_next += other.ready_told_next
        self.ready_had_enough += other.ready_had_enough


@dataclass(frozen=True, kw_only=True)
class _Truth:
    """What the devices said, in order, and in which lessons each was used: device number → (from, until)."""

    said: Sequence[_Said]
    lessons: dict[int, list[tuple[datetime, datetime]]]


def count_carts(
    engine: Engine, folder: Path, plan: Plan, days: Sequence[date], times: Sequence[time] = TIMES
) -> dict[datetime, CartCount]:
    """Let the district of this plan move into an empty store, and count at these times of these days, in order."""
    district = make_district(plan)
    publishers = _move_in(engine, folder, district)
    truth = _live(district, days[-1])
    zone = ZoneInfo(plan.zone)
    keeper, seqs, told = Keeper(engine), Counter[int](), 0
    found: dict[datetime, CartCount] = {}
    for moment in (datetime.combine(on, at, zone) for on in days for at in times):
        upto = next((n for n in range(told, len(truth.said)) if truth.said[n][0] > moment), len(truth.said))
        for some in _together(truth.said[told:upto]):
            _keep(keeper, publishers, some, seqs)
        told = upto
        found[moment] = _count(engine, truth, {one.name: number for number, one in publishers.items()}, moment, upto)
    keeper.forget()
    return found


def _move_in(engine: Engine, folder: Path, district: District) -> dict[int, KnownPublisher]:
    """The papers, then a publisher for each device, by its number."""
    write_roster(folder / "devices.csv", district)
    write_calendar(folder / "sites.json", district)
    bring_in_papers(engine, folder, new_site=NewSite(zone=district.plan.zone))
    with engine.begin() as connection:
        known = {one.serial_number: one for one in every_device(connection, Scope.all(), DeviceQuery())}
        for one in known.values():
            set_credential(
                connection, name=one.device_id, device=one.device, platform=None, secret_hash="$7$x", now_us=1
            )
    registry = Registry(engine)
    registry.refresh()
    found = {one.number: registry.publisher(known[one.serial_number].device_id) for one in district.devices}
    return {number: publisher for number, publisher in found.items() if publisher is not None}


def _live(district: District, last: date) -> _Truth:
    said: list[_Said] = []
    lessons: dict[int, list[tuple[datetime, datetime]]] = {}
    for device in district.devices:
        life = Life(district, device)
        for told in life.days():
            if life.use is None or life.use.day.on > last:
                break
            said += [(at, device.number, body) for at, body in told]
            if device.model.platform != "ipados":
                said += _connections(device.number, life.use)
            opened, closed = life.use.day.at(life.use.begins), life.use.day.at(life.use.ends)
            lessons.setdefault(device.number, []).extend(
                (max(begins, opened), min(begins + timedelta(seconds=LESSON_SECONDS), closed))
                for begins in map(life.use.day.at, life.use.lessons)
            )
    said.sort(key=itemgetter(0, 1))
    return _Truth(said=said, lessons=lessons)


def _connections(number: int, use: Use) -> Iterator[_Said]:
    """It connects when it wakes; a while after it is closed the broker says that it is lost."""
    for stretch in stretches(use):
        yield use.day.at(stretch.opens), number, State(state="ready", session=1)
        yield use.day.at(stretch.closes) + _LOST_AFTER, number, State(state="lost", session=1)


def _together(said: Sequence[_Said]) -> Iterator[list[_Said]]:
    some: list[_Said] = []
    for one in said:
        if some and one[0] - some[0][0] > _AT_ONCE:
            yield some
            some = []
        some.append(one)
    if some:
        yield some


def _keep(keeper: Keeper, publishers: dict[int, KnownPublisher], some: Iterable[_Said], seqs: Counter[int]) -> None:
    some = list(some)
    batch = keeper.batch(to_us(some[-1][0]))
    for at, number, body in some:
        publisher = publishers[number]
        assert publisher.device is not None
        if isinstance(body, State):
            batch.add_state(publisher, body)
            continue
        seqs[number] += 1
        report = Report(seq=seqs[number], device_id=publisher.device.device_id, recorded_at=at, body=body)
        batch.add(
            publisher,
            Checked(epoch="toldcarts0000001", accepted=[(report, publisher.device, to_us(at), to_us(at))], refused=()),
        )
    keeper.keep(batch)


def _count(engine: Engine, truth: _Truth, numbers: dict[str, int], moment: datetime, upto: int) -> CartCount:
    """Judge the carts at this moment, and look at what was so and what is told from here on."""
    count, later = CartCount(), _levels_later(truth.said, moment, upto)
    with engine.connect() as connection:
        judged = judge_carts(connection, Scope.all(), moment)
    for slot in (slot for cart in judged for slot in cart.slots if slot.member is not None):
        assert slot.member is not None
        number = numbers[slot.member.device_id]
        levels = later.get(number, [])
        count.states[slot.state] += 1
        if any(begins <= moment < ends for begins, ends in truth.lessons.get(number, [])):
            count.in_lesson[slot.state] += 1
        if slot.state == "low" and levels:
            count.low_told_later += 1
            count.low_had_enough += max(levels) >= ENOUGH_PERCENT
        if slot.state == "ready" and levels:
            count.ready_told_next += 1
            count.ready_had_enough += levels[0] >= ENOUGH_PERCENT
    return count


def _levels_later(said: Sequence[_Said], moment: datetime, upto: int) -> dict[int, list[float]]:
    """What each device tells of its battery after this moment on its day, by number."""
    found: dict[int, list[float]] = {}
    for at, number, body in said[upto:]:
        if at.astimezone(moment.tzinfo).date() != moment.date():
            break
        if isinstance(body, Vitals) and body.battery_level_percent is not None:
            found.setdefault(number, []).append(body.battery_level_percent)
    return found
