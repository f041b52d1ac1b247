"""The SQL of keeping, once for both databases: written for PostgreSQL, with two words put differently for SQLite."""

# ruff: noqa: S608  # only column names of this file are put into the texts; every value is a parameter

from collections.abc import Sequence
from dataclasses import dataclass

from rollcall_collector.model.day_field import DayField
from rollcall_collector.model.fact import DAY_FIELDS
from rollcall_collector.store.keeping.rows import at_once, marks

BOOT_COLUMNS = (
    "source",
    "start_kind",
    "firmware_seconds",
    "loader_seconds",
    "kernel_seconds",
    "userspace_seconds",
    "to_login_seconds",
    "os_version",
    "previous_stop",
    "stop_cause",
    "stop_code",
)
_BOOT = ("device", "boot_id", "booted_us", "booted_on", "is_day_only", *BOOT_COLUMNS)
_FAILURE = (
    "device",
    "epoch_key",
    "seq",
    "channel",
    "code",
    "occurred_us",
    "occurred_on",
    "is_day_only",
    "count",
    "boot_id",
    "evidence",
)
_DAY = ("device", "on", *(one.name for one in DAY_FIELDS))
INVENTORY_COLUMNS = ("platform", "manufacturer", "model", "os_version", "memory_bytes", "storage_bytes")
_FIND_WATERMARK = (
    "SELECT epoch_key, upto, ranges, is_copy, is_followed FROM watermarks WHERE publisher = ? AND epoch = ?"
)
_FOLLOW_WATERMARK = (
    "INSERT INTO watermarks (publisher, epoch, upto, is_followed, moved_on) VALUES (?, ?, 0, TRUE, ?)"
    " ON CONFLICT (publisher, epoch) DO UPDATE SET is_followed = TRUE, moved_on = excluded.moved_on"
)
_ADD_WATERMARK = (
    "INSERT INTO watermarks (publisher, epoch, upto, ranges, is_copy, is_followed, moved_on)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (publisher, epoch) DO NOTHING RETURNING epoch_key"
)
_MOVE_WATERMARK = (
    "UPDATE watermarks SET moved_on = ?, upto = ?, ranges = ? WHERE epoch_key = ? AND upto = ? AND ranges = ?"
)
_MOVED = ("moved_on", "upto", "ranges", "epoch_key", "upto", "ranges")
_HEARD = "last_heard_us = GREATEST(coalesce(device_states.last_heard_us, 0), excluded.last_heard_us)"
_HEAR_PUBLISHER = "UPDATE publishers SET last_heard_us = GREATEST(coalesce(last_heard_us, 0), ?) WHERE publisher = ?"
_NOTE_STATE = "UPDATE publishers SET state = ?, session = ? WHERE publisher = ? AND (session <= ? OR ? = 'ready')"
_ADD_GAP = "INSERT INTO gaps (device, received_us, first_seq, last_seq, count, reason) VALUES (?, ?, ?, ?, ?, ?)"
_ADD_REFUSAL = (
    "INSERT INTO refusals (received_us, publisher, epoch, seq, reason, detail, size, payload)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Statements:
    """Every statement of one transaction, in the words of one database."""

    begin: str
    find_watermark: str
    follow_watermark: str
    add_watermark: str
    move_watermark: str
    add_boot: str
    add_failure: str
    merge_day: str
    describe_device: str
    renew_inventory: str
    renew_vitals: str
    hear_device: str
    hear_publisher: str
    note_state: str
    note_set_back: str
    note_shared: str
    add_gap: str
    add_refusal: str
    drop_refusals: str
    add_parcel: str


def statements(*, is_sqlite: bool) -> Statements:
    """The statements for SQLite or for PostgreSQL."""

    def say(text: str) -> str:
        if is_sqlite:
            return text.replace("GREATEST(", "max(").replace("LEAST(", "min(")
        return text.replace("?", "%s")

    def many(text: str, table: str, columns: Sequence[str]) -> str:
        return say(text) if is_sqlite else at_once(text, table, columns)

    def insert(table: str, columns: Sequence[str], conflict: str) -> str:
        names = ", ".join(f'"{one}"' for one in columns)
        text = f"INSERT INTO {table} ({names}) VALUES ({marks(columns)}) ON CONFLICT {conflict}"
        return many(text, table, columns)

    return Statements(
        # A writer that only asks for the lock when it writes can find that it may not have it any more.
        begin="BEGIN IMMEDIATE" if is_sqlite else "BEGIN",
        find_watermark=say(_FIND_WATERMARK),
        follow_watermark=say(_FOLLOW_WATERMARK),
        add_watermark=say(_ADD_WATERMARK),
        move_watermark=many(_MOVE_WATERMARK, "watermarks", _MOVED),
        add_boot=insert("boots", _BOOT, "(device, boot_id) DO NOTHING"),
        add_failure=insert("failures", _FAILURE, "(device, epoch_key, seq) DO NOTHING"),
        merge_day=insert("device_days", _DAY, f'(device, "on") DO UPDATE SET {_merge_day()}'),
        describe_device=say(
            f"UPDATE devices SET {', '.join(f'{one} = coalesce(?, {one})' for one in INVENTORY_COLUMNS)},"
            " asset_tag = coalesce(asset_tag, ?) WHERE device = ? AND NOT EXISTS (SELECT 1 FROM device_states"
            " WHERE device_states.device = ? AND NOT " + _is_newer("inventory", "?", "?") + ")"
        ),
        renew_inventory=insert("device_states", *_renew("inventory")),
        renew_vitals=insert("device_states", *_renew("vitals", "vitals_us")),
        hear_device=insert("device_states", ("device", "last_heard_us"), f"(device) DO UPDATE SET {_HEARD}"),
        hear_publisher=many(_HEAR_PUBLISHER, "publishers", ("last_heard_us", "publisher")),
        note_state=say(_NOTE_STATE),
        note_set_back=say(_count_copy("set_backs", "set_back_us")),
        note_shared=say(_count_copy("shared", "shared_us")),
        add_gap=say(_ADD_GAP),
        add_refusal=say(_ADD_REFUSAL),
        drop_refusals=say("DELETE FROM refusals WHERE refusal <= (SELECT max(refusal) FROM refusals) - ?"),
        add_parcel=say("INSERT INTO mirror_outbox (kept_us, lines, size, body) VALUES (?, ?, ?, ?)"),
    )


def _count_copy(count: str, last_us: str) -> str:
    return (
        f"INSERT INTO copies (publisher, {count}, {last_us}) VALUES (?, 1, ?) ON CONFLICT (publisher) DO UPDATE SET"
        f" {count} = copies.{count} + 1, {last_us} = excluded.{last_us}"
    )


def _merge_day() -> str:
    return ", ".join(_merged(one) for one in DAY_FIELDS)


def _merged(field: DayField) -> str:
    old, new = f"device_days.{field.name}", f"excluded.{field.name}"
    both = {"sum": f"{old} + {new}", "highest": f"GREATEST({old}, {new})", "lowest": f"LEAST({old}, {new})"}
    merged = both[field.roll_up.way]
    # A sum or SQLite's max with a NULL is NULL, PostgreSQL's is the other value: either way the known one is taken.
    return f"{field.name} = coalesce({merged}, {old}, {new})" if field.is_optional else f"{field.name} = {merged}"


def _is_newer(kind: str, epoch_key: str, seq: str) -> str:
    """Numbers settle what is newer within a publisher; between two publishers of one device the later word counts."""
    own_key, own_seq = f"device_states.{kind}_epoch_key", f"device_states.{kind}_seq"
    return (
        f"({own_key} IS NULL OR {own_key} < {epoch_key} OR ({own_key} = {epoch_key} AND {own_seq} < {seq})"
        f" OR (SELECT publisher FROM watermarks WHERE epoch_key = {own_key})"
        f" <> (SELECT publisher FROM watermarks WHERE epoch_key = {epoch_key}))"
    )


def _renew(kind: str, *more: str) -> tuple[tuple[str, ...], str]:
    """The columns of a device's newest word of this kind, and what to do where it said one before."""
    columns = (kind, f"{kind}_epoch_key", f"{kind}_seq", *more)
    changes = ", ".join([_HEARD, *(f"{one} = excluded.{one}" for one in columns)])
    newer = _is_newer(kind, f"excluded.{kind}_epoch_key", f"excluded.{kind}_seq")
    return ("device", "last_heard_us", *columns), f"(device) DO UPDATE SET {changes} WHERE {newer}"
