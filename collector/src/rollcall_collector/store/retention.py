"""Removes what need not be kept for ever: old refusals, readings and epochs, sessions that ended. Facts stay."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, delete, insert, or_, select, update

from rollcall_collector.model.fact import DAY_FIELDS
from rollcall_collector.store.instants import to_day, to_us
from rollcall_collector.store.kept_settings import LATE_BEFORE, get_setting
from rollcall_collector.store.tables import (
    complaints,
    device_days,
    device_publisher_days,
    enroll_tokens,
    late_changes,
    refusals,
    sign_ins,
    tellings,
    watermarks,
)

READINGS = tuple(one.name for one in DAY_FIELDS if one.roll_up.is_reading)
ENDED_DAYS = 30
CLOSED_DAYS = 400
"""A school year later nobody asks what was broken in a cart."""
EPOCH_DAYS = 430
"""An agent drops what waited for 400 days, so no copy of an outbox can bring it after that."""

WORDS_DAYS = 800
"""After that no publisher tells of a day any more: what waited for 400 days is dropped, services know half a year."""


def remove_refusals(connection: Connection, before: datetime) -> int:
    """Remove refusals received before this instant. Returns how many."""
    return connection.execute(delete(refusals).where(refusals.c.received_us < to_us(before))).rowcount


def forget_readings(connection: Connection, before: date, keys: Sequence[int]) -> int:
    """Empty the readings of these devices' days before this one; the days stay, for they are exposure."""
    columns = [device_days.c[name] for name in READINGS]
    old = (device_days.c.on < to_day(before)) & or_(*(column.is_not(None) for column in columns))
    chosen = device_days.c.device.in_(tuple(keys)) & old
    if get_setting(connection, LATE_BEFORE) is not None:
        noted = select(device_days.c.device, device_days.c.on).where(chosen)
        connection.execute(insert(late_changes).from_select(["device", "on"], noted))
    return connection.execute(update(device_days).where(chosen).values(dict.fromkeys(READINGS))).rowcount


def forget_words(connection: Connection, now: datetime, keys: Sequence[int]) -> int:
    """Forget who of several publishers told what of these devices so long ago; the facts stay. Returns how many."""
    before = to_day(now.date()) - WORDS_DAYS
    chosen = tuple(keys)
    days = device_publisher_days.c.on < before
    connection.execute(delete(device_publisher_days).where(device_publisher_days.c.device.in_(chosen), days))
    old = delete(tellings).where(tellings.c.device.in_(chosen), tellings.c.told_on < before)
    return connection.execute(old).rowcount


def remove_epochs(connection: Connection, now: datetime) -> int:
    """Remove what was settled of runs of which nothing came for so long; each publisher's newest stays."""
    newer = watermarks.alias()
    has_newer = select(newer.c.epoch_key).where(
        newer.c.publisher == watermarks.c.publisher, newer.c.epoch_key > watermarks.c.epoch_key
    )
    old = watermarks.c.moved_on < to_day(now.date()) - EPOCH_DAYS
    return connection.execute(delete(watermarks).where(old, has_newer.exists())).rowcount


def remove_ended(connection: Connection, now: datetime) -> int:
    """Remove sign-ins and enrollment tokens that ended a month ago, complaints closed a year ago. Returns how many."""
    ended = to_us(now - timedelta(days=ENDED_DAYS))
    closed = complaints.c.closed_us < to_us(now - timedelta(days=CLOSED_DAYS))
    old = connection.execute(delete(complaints).where(closed)).rowcount
    links = connection.execute(delete(sign_ins).where(sign_ins.c.expires_us < ended)).rowcount
    return old + links + connection.execute(delete(enroll_tokens).where(enroll_tokens.c.expires_us < ended)).rowcount
