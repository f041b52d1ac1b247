"""Gathers what publishers say of devices that others tell of too, the words of each by themselves."""

from dataclasses import dataclass, field
from typing import Any

from rollcall_collector.store.keeping.batch import Batch
from rollcall_collector.store.keeping.lines import Record
from rollcall_collector.store.keeping.tellers import Tellers
from rollcall_collector.store.keeping.watermark import Watermark
from rollcall_collector.store.publishers.registry import DeviceEntry, KnownPublisher
from rollcall_wire import Boot, Failure, Report


class OnesWords(Batch):
    """One publisher's words about such devices, added up as any batch is; whether its facts are new is not known."""

    def __init__(self, *, now_us: int, has_mirror: bool) -> None:
        super().__init__(now_us=now_us, has_mirror=has_mirror, watermark=_no_watermark)
        self.fact_records: dict[tuple[int, str | tuple[int, int]], Record] = {}

    def add_report(self, report: Report, device: DeviceEntry, mark: Watermark, recorded_us: int, at_us: int) -> None:
        """The same; the mirror's record of a start or failure waits until that is known to be new."""
        self.hear(report, device, recorded_us)
        count = len(self.records)
        super().add_report(report, device, mark, recorded_us, at_us)
        if len(self.records) > count and isinstance(report.body, Boot | Failure):
            named = report.body.boot_id if isinstance(report.body, Boot) else (id(mark), report.seq)
            self.fact_records.setdefault((device.key, named), self.records.pop())


@dataclass(kw_only=True, slots=True)
class Apart:
    """The words of this batch that are kept apart, by publisher."""

    tellers: Tellers
    now_us: int
    has_mirror: bool
    words: dict[int, OnesWords] = field(default_factory=dict)

    def of(self, publisher: KnownPublisher, device: int) -> OnesWords | None:
        """Where this publisher's words about this device belong; None where nobody else tells of it."""
        if not self.tellers.are_several(publisher, device):
            return None
        found = self.words.get(publisher.key)
        if found is None:
            found = OnesWords(now_us=self.now_us, has_mirror=self.has_mirror)
            self.words[publisher.key] = found
        return found


def _no_watermark(*_: Any) -> Watermark:
    raise AssertionError("numbers are settled before words are put apart")
