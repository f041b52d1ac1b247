"""Keeps the one verdict on each device: the worst of its standing flags, else what judging says of its exposure."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from rollcall_collector.model.flag import STANDING
from rollcall_collector.model.verdict import VERDICTS, DeviceVerdict
from rollcall_collector.store.instants import to_us
from rollcall_collector.store.tables import flags, verdicts


def keep_verdicts(connection: Connection, judged: Mapping[int, DeviceVerdict], now: datetime) -> None:
    """Replace the verdicts of these devices; each says what holds while no flag speaks of the device."""
    keys = tuple(judged)
    if not keys:
        return
    shown = _standing(connection, keys)
    connection.execute(delete(verdicts).where(verdicts.c.device.in_(keys)))
    rows = []
    for device, own in judged.items():
        verdict, sentence = shown.get(device, (own.verdict, own.sentence))
        rows.append(
            {
                "device": device,
                "verdict": verdict,
                "rank": VERDICTS.index(verdict),
                "sentence": sentence,
                "unflagged_verdict": own.verdict,
                "unflagged_sentence": own.sentence,
                "active_days": own.active_days,
                "judged_us": to_us(now),
            }
        )
    connection.execute(insert(verdicts), rows)


def restate(connection: Connection, device: int) -> None:
    """Say a device's verdict anew after a decision on one of its flags."""
    row = connection.execute(select(verdicts).where(verdicts.c.device == device)).first()
    if row is None:
        return
    own = (row.unflagged_verdict, row.unflagged_sentence)
    verdict, sentence = _standing(connection, (device,)).get(device, own)
    connection.execute(
        update(verdicts)
        .where(verdicts.c.device == device)
        .values(verdict=verdict, sentence=sentence, rank=VERDICTS.index(verdict))
    )


def active_days_by_device(connection: Connection) -> dict[int, int]:
    """The active days that carry each device's verdict, by key."""
    return {
        row.device: row.active_days for row in connection.execute(select(verdicts.c.device, verdicts.c.active_days))
    }


def _standing(connection: Connection, keys: tuple[int, ...]) -> dict[int, tuple[str, str]]:
    """For each flagged device the worst verdict and its sentence."""
    query = select(flags.c.device, flags.c.verdict, flags.c.sentence).where(
        flags.c.device.in_(keys), flags.c.state.in_(STANDING)
    )
    found: dict[int, tuple[str, str]] = {}
    for row in connection.execute(query.order_by(flags.c.flag)):
        held = found.get(row.device)
        if held is None or VERDICTS.index(row.verdict) < VERDICTS.index(held[0]):
            found[row.device] = (row.verdict, row.sentence)
    return found
