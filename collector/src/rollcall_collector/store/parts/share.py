"""Says which devices one ingest process serves: an equal part of the buckets that stand in every topic."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete

from rollcall_collector.store.parts.runs import list_parts
from rollcall_collector.store.tables import part_runs
from rollcall_wire.topics import BUCKETS, bucket

SILENT_AFTER = timedelta(seconds=60)
"""Ingest says every 15 seconds that it hears its devices; after so long it does not."""
_PART = "ingest/"


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """The `number`-th of `of` equal parts, from 1: the buckets that leave `number` - 1 when divided by `of`."""

    number: int = 1
    of: int = 1

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    @property
    def part(self) -> str:
        """Under which name it notes how it fares."""
        return f"{_PART}{self}"

    @property
    def buckets(self) -> range:
        """The buckets, in rising order."""
        return range(self.number - 1, BUCKETS, self.of)

    def holds(self, publisher: str) -> bool:
        """Whether what this publisher says comes here."""
        return self.of == 1 or int(bucket(publisher)) % self.of == self.number - 1


def read_share(text: str) -> Share | None:
    """The share written as `2/4`; None where it is none, or would have no bucket."""
    number, _, of = text.partition("/")
    if number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of) <= BUCKETS:
        return Share(number=int(number), of=int(of))
    return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """Whose devices are heard now and whose are not. Where ingest never ran, both are empty."""

    served: tuple[Share, ...]
    unserved: tuple[Share, ...]


def read_service(connection: Connection, now: datetime) -> Service:
    """Which shares hear their devices, by what each said last, and which parts of the fleet nobody hears.

    What nobody hears is said in shares of the layout that was heard of last, else bucket by bucket, as k/64.
    """
    runs = sorted(list_parts(connection, _PART), key=lambda one: one.noted_at)
    noted = [(share, now - run.noted_at) for run in runs if (share := read_share(run.part.removeprefix(_PART)))]
    served = tuple(share for share, ago in noted if ago <= SILENT_AFTER)
    left = set(range(BUCKETS)).difference(*(one.buckets for one in served)) if noted else set()
    unserved: list[Share] = []
    for of in (noted[-1][0].of, BUCKETS) if noted else ():
        for share in [Share(number=number, of=of) for number in range(1, of + 1)]:
            if left.issuperset(share.buckets):
                unserved.append(share)
                left.difference_update(share.buckets)
    return Service(served=served, unserved=tuple(unserved))


def forget_overlapping(connection: Connection, share: Share) -> None:
    """Forget what other shares with any of these buckets noted: who holds the buckets knows that they are gone."""
    mine = set(share.buckets)
    gone = [one.part for one in list_parts(connection, _PART) if one.part != share.part and _overlaps(one.part, mine)]
    if gone:
        connection.execute(delete(part_runs).where(part_runs.c.part.in_(gone)))


def _overlaps(part: str, buckets: set[int]) -> bool:
    other = read_share(part.removeprefix(_PART))
    return other is None or not buckets.isdisjoint(other.buckets)


def say_start(share: Share) -> str:
    """How a share that nobody serves is started."""
    return "start 'rollcall serve'" if share.of == 1 else f"start 'rollcall ingest --share {share}'"
