"""Reads a message as it came from a device, keeps what can be believed and says plainly what cannot.

The usual message is read in one go. Only one that fails is taken apart, report by report, so that a bad report never
takes its neighbours with it, nor one impossible number the rest of its report. Who speaks is known from the topic;
what the payload says about that is only compared. Nothing here raises, whatever the bytes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeAlias
from zlib import crc32

from annotated_types import MaxLen, MinLen
from pydantic import Discriminator, TypeAdapter, ValidationError

from rollcall_collector.ingest.impossible import rescue
from rollcall_collector.ingest.lenient_parser import NotReadable, dissect
from rollcall_collector.store.instants import DAY_US
from rollcall_collector.store.keeping import Accepted, Checked, Noted, RefusedReport
from rollcall_collector.store.publishers.registry import DeviceEntry, KnownPublisher
from rollcall_wire import Body, Boot, Failure, Gap, Inventory, Message, Report, State, Vitals
from rollcall_wire.codes import CODES, Refusal
from rollcall_wire.messages import MESSAGE_BYTES_MAX, REPORTS_MAX

EARLIEST_US = 1_577_836_800_000_000
"""2020 begins: a clock that says an earlier year was never set."""
FUTURE_US = 2 * 86_400_000_000
"""A clock may be this far ahead of ours: zones mistaken for UTC are forgiven, other years are not."""
SEQ_MAX = 2**53
Fault: TypeAlias = tuple[Refusal, str]
"""A reason, and a sentence that a technician understands."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _AnyReport(Report):
    body: Annotated[Body, Discriminator("kind")]


@dataclass(frozen=True, kw_only=True, slots=True)
class _AnyMessage(Message):
    reports: Annotated[tuple[_AnyReport, ...], MinLen(1), MaxLen(REPORTS_MAX)]


_MESSAGE = TypeAdapter(_AnyMessage)
_REPORT = TypeAdapter(_AnyReport)
_TEXT = TypeAdapter(Report)
_STATE = TypeAdapter(State)


class Validator:
    """Reads messages. `device` finds a device by its id: a bridge speaks of many."""

    def __init__(self, device: Callable[[str], DeviceEntry | None]) -> None:
        self._device = device
        self._noted: set[tuple[int, str]] = set()
        self._noted_on = 0

    def read(self, payload: bytes, publisher: KnownPublisher, now_us: int) -> Checked:
        """Everything to be kept or refused from one message of this publisher."""
        if len(payload) > MESSAGE_BYTES_MAX:
            return unreadable(payload, "too_large", f"It has {len(payload):,} bytes.")
        try:
            message = _MESSAGE.validate_json(payload)
        except ValidationError:
            return self._take_apart(payload, publisher, now_us)
        if message.publisher != publisher.name or not message.epoch.isprintable():
            return self._take_apart(payload, publisher, now_us)
        accepted: list[Accepted] = []
        refused: list[RefusedReport] = []
        latest_us = now_us + FUTURE_US
        for report in message.reports:
            self._judge(report, publisher, latest_us, accepted, refused)
        return Checked(message.epoch, accepted, refused, (), (), message.follows, message.first_seq)

    def _take_apart(self, payload: bytes, publisher: KnownPublisher, now_us: int) -> Checked:
        found = dissect(payload, publisher.name)
        if isinstance(found, NotReadable):
            return unreadable(payload, found.reason, found.detail)
        accepted: list[Accepted] = []
        refused = list(found.refused)
        noted: list[Noted] = []
        for seq, text in found.reports:
            report = _read_leniently(seq, text, noted)
            if isinstance(report, RefusedReport):
                refused.append(report)
            else:
                self._judge(report, publisher, now_us + FUTURE_US, accepted, refused)
        lost: tuple[tuple[str, Refusal], ...] = () if found.is_numbered else ((_digest(payload), "wrong_shape"),)
        return Checked(
            epoch=found.epoch,
            accepted=accepted,
            refused=refused,
            unreadable=lost,
            noted=self._news(noted, publisher, now_us),
            follows=found.follows,
            first_seq=found.first_seq,
        )

    def _news(self, noted: Sequence[Noted], publisher: KnownPublisher, now_us: int) -> list[Noted]:
        """What was not yet said of this publisher today: a broken sensor is one note a day, not one an hour."""
        if self._noted_on != now_us // DAY_US:
            self._noted_on = now_us // DAY_US
            self._noted.clear()
        news = {(publisher.key, one.field): one for one in noted if (publisher.key, one.field) not in self._noted}
        self._noted.update(news)
        return list(news.values())

    def _judge(
        self,
        report: Report,
        publisher: KnownPublisher,
        latest_us: int,
        accepted: list[Accepted],
        refused: list[RefusedReport],
    ) -> None:
        recorded_us = _us(report.recorded_at)
        at_us, fault = recorded_us, None
        if not isinstance(report.body, Vitals):
            at_us, fault = _look_at(report.body, recorded_us)
        if not (EARLIEST_US <= recorded_us <= latest_us and EARLIEST_US <= at_us <= latest_us):
            fault = _wrong_clock(report)
        device = publisher.device
        if device is None or report.device_id != device.device_id:
            device = self._device(report.device_id)
            fault = _wrong_device(report, publisher, device) or fault
        if fault is None and device is not None:
            accepted.append((report, device, recorded_us, at_us))
        elif fault is not None:
            refused.append(
                RefusedReport(seq=report.seq, reason=fault[0], detail=fault[1], payload=_TEXT.dump_json(report))
            )


def read_state(payload: bytes) -> State | None:
    """What a publisher says of itself, or None where it cannot be read: the next one will be."""
    if len(payload) > MESSAGE_BYTES_MAX:
        return None
    try:
        return _STATE.validate_json(payload)
    except ValidationError:
        return None


def unreadable(payload: bytes, reason: Refusal, detail: str) -> Checked:
    """A message whose reports cannot even be numbered: it is named by the CRC-32 of its bytes."""
    return Checked(
        epoch=None,
        accepted=[],
        refused=[RefusedReport(seq=None, reason=reason, detail=detail, payload=payload)],
        unreadable=((_digest(payload), reason),),
    )


def _read_leniently(seq: int, text: bytes, noted: list[Noted]) -> Report | RefusedReport:
    """The report, if need be without the numbers that cannot be: those are noted. Else why it is refused."""
    try:
        return _REPORT.validate_json(text)
    except ValidationError as error:
        reason, detail = _explain(error)
        rescued = rescue(text, error)
    if rescued is None:
        return RefusedReport(seq=seq, reason=reason, detail=detail, payload=text)
    for field, words in rescued.left_out.items():
        noted.append(Noted(seq=seq, field=field, detail=f"{field}: {words}: left out.", payload=text))
    return _REPORT.validate_json(rescued.text)


def _us(at: datetime) -> int:
    # A naive instant is no instant: it counts as a clock that was never set.
    return int(at.timestamp() * 1_000_000 + 0.5) if at.tzinfo is not None else 0


def _digest(payload: bytes) -> str:
    return f"{crc32(payload):08x}"


def _look_at(body: Inventory | Boot | Failure | Gap, recorded_us: int) -> tuple[int, Fault | None]:
    """When it happened, and what is wrong with it by itself."""
    match body:
        case Boot():
            return _us(body.booted_at), None
        case Failure() if body.code not in CODES[body.channel]:
            return _us(body.occurred_at), ("unknown_code", f"The channel {body.channel} has no code {body.code!r}.")
        case Failure():
            return _us(body.occurred_at), None
        case Gap():
            return recorded_us, _wrong_gap(body)
        case Inventory():
            return recorded_us, None


def _wrong_clock(report: Report) -> Fault:
    told = [report.recorded_at]
    if isinstance(report.body, Boot):
        told.append(report.body.booted_at)
    elif isinstance(report.body, Failure):
        told.append(report.body.occurred_at)
    if any(at.tzinfo is None for at in told):
        return "clock_wrong", "Its instant names no zone: instants must end in +00:00 or Z."
    return "clock_wrong", "Its clock says " + " and ".join(at.isoformat() for at in told) + "."


def _wrong_gap(gap: Gap) -> Fault | None:
    if gap.first_seq <= gap.last_seq <= SEQ_MAX and gap.count <= gap.last_seq - gap.first_seq + 1:
        return None
    return "wrong_shape", "Its gap ends before it begins, or counts more reports than it spans."


_NO_START: Fault = ("wrong_shape", "No management service knows when an iPad starts: tell no start of it.")
"""Unknown is never a number: a bridge that makes one up is not believed."""


def _wrong_device(report: Report, publisher: KnownPublisher, device: DeviceEntry | None) -> Fault | None:
    if publisher.device is not None:
        return "wrong_device", f"{publisher.name} may report only on itself, not on {report.device_id!r}."
    if device is None:
        return "wrong_device", f"No device {report.device_id!r} is enrolled."
    told = report.body.platform if isinstance(report.body, Inventory) else None
    if publisher.platform is not None and {told, device.platform} <= {publisher.platform, None}:
        return _NO_START if isinstance(report.body, Boot) and publisher.platform == "ipados" else None
    runs = device.platform or told
    return "wrong_platform", f"The bridge speaks for {publisher.platform}, but the device runs {runs}."


def _explain(error: ValidationError) -> Fault:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "union_tag_invalid":
        return "unknown_kind", first["msg"]
    return "wrong_shape", f"{where or 'the report'}: {first['msg']}"
