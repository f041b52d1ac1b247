"""Every table of the store, once, for SQLite and PostgreSQL alike.

Instants are whole microseconds since 1970 UTC (`_us`), days are whole days since 1970-01-01 in the school's zone
(`_on`): integers are half as large as text, sort alike in both databases, and need no conversion while ingesting.
Keys named `device` and `publisher` are the integer keys of those tables; the names people see are `device_id` and
`name`. Facts (boots, failures, refusals, decisions) are only ever added.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# An autoincrementing key: SQLite gives one only to a column spelled INTEGER.
Key = BigInteger().with_variant(Integer, "sqlite")

# ------------------------------------------------------------------ the roster: what the school owns
sites = Table(
    "sites",
    metadata,
    Column("site", Key, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("zone", Text, nullable=False),
    Column("days", Text, nullable=False, server_default="12345"),  # ISO weekdays with school
    Column("opens_minute", Integer, nullable=False, server_default="420"),
    Column("closes_minute", Integer, nullable=False, server_default="1020"),
)
holidays = Table(
    "holidays",
    metadata,
    Column("site", ForeignKey("sites.site"), primary_key=True),
    Column("on", Integer, primary_key=True),
    Column("name", Text, nullable=False, server_default=""),
)
carts = Table(
    "carts",
    metadata,
    Column("cart", Key, primary_key=True),
    Column("site", ForeignKey("sites.site"), nullable=False),
    Column("name", Text, nullable=False),
    Column("home_room", Text),
    Column("slots", Integer),
    Column("charging", Text, nullable=False, server_default="all_at_once"),  # or cyclic_thirds
    UniqueConstraint("site", "name"),
)
devices = Table(
    "devices",
    metadata,
    Column("device", Key, primary_key=True),
    Column("device_id", Text, nullable=False, unique=True),
    Column("serial_number", Text, unique=True),
    Column("asset_tag", Text),
    Column("hardware_id", Text, index=True),  # hash of what firmware says of itself; tells a cloned image apart
    Column("platform", Text),
    Column("manufacturer", Text),
    Column("model", Text),
    Column("os_version", Text),
    Column("memory_bytes", BigInteger),
    Column("storage_bytes", BigInteger),
    Column("site", ForeignKey("sites.site"), index=True),
    Column("cart", ForeignKey("carts.cart"), index=True),
    Column("slot", Integer),
    Column("role", Text, nullable=False, server_default="pupil"),
    Column("purchased_on", Integer),
    Column("price", Float),  # in the district's currency
    Column("warranty_until", Integer),
    Column("support_until", Integer),
    Column("enrolled_on", Integer),
    Column("retired_on", Integer),
)

# ------------------------------------------------------------------ identity: who may speak, who may look
publishers = Table(
    "publishers",
    metadata,
    Column("publisher", Key, primary_key=True),
    Column("name", Text, nullable=False, unique=True),  # device id or bridge id = MQTT user and client id
    Column("device", ForeignKey("devices.device")),  # NULL for a bridge
    Column("platform", Text),  # for a bridge: the only platform it may speak for
    Column("secret_hash", Text, nullable=False),  # Mosquitto's own form: $7$iterations$salt$hash
    Column("enrolled_us", BigInteger, nullable=False),
    Column("revoked_us", BigInteger),
    Column("state", Text),  # ready, sleeping, disconnected, lost
    Column("session", BigInteger, nullable=False, server_default="0"),
    Column("last_heard_us", BigInteger),  # rounded to the day outside school hours
)
enroll_tokens = Table(
    "enroll_tokens",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("site", ForeignKey("sites.site"), nullable=False),
    Column("platform", Text),  # set for a bridge's token
    Column("uses_left", Integer, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger, nullable=False),
)
people = Table(
    "people",
    metadata,
    Column("person", Key, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),  # admin, technician, viewer
    Column("created_us", BigInteger, nullable=False),
    Column("removed_us", BigInteger),
)
sign_ins = Table(
    "sign_ins",
    metadata,
    Column("secret_hash", Text, primary_key=True),  # of a one-time link or of a session's cookie
    Column("kind", Text, nullable=False),  # link, session
    Column("person", ForeignKey("people.person"), nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger, nullable=False),
    Column("used_us", BigInteger),
)

# ------------------------------------------------------------------ delivery: what is kept, what is refused
watermarks = Table(
    "watermarks",
    metadata,
    Column("epoch_key", Key, primary_key=True),
    Column("publisher", ForeignKey("publishers.publisher"), nullable=False),
    Column("epoch", Text, nullable=False),
    Column("upto", BigInteger, nullable=False),  # every seq up to here is kept or refused
    Column("ranges", Text, nullable=False, server_default="[]"),  # sparse ranges above it: [[first, last], …]
    UniqueConstraint("publisher", "epoch"),
)
refusals = Table(
    "refusals",
    metadata,
    Column("refusal", Key, primary_key=True),
    Column("received_us", BigInteger, nullable=False),
    Column("publisher", Text, nullable=False),  # as the topic names it: it may be nobody we know
    Column("epoch", Text),
    Column("seq", BigInteger),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
    Column("size", Integer, nullable=False),
    Column("payload", LargeBinary, nullable=False),  # its first 2 KiB
    Index("ix_refusals_received_us", "received_us"),
)
gaps = Table(
    "gaps",
    metadata,
    Column("gap", Key, primary_key=True),
    Column("device", ForeignKey("devices.device"), nullable=False),
    Column("received_us", BigInteger, nullable=False),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
)

# ------------------------------------------------------------------ facts and current state
boots = Table(
    "boots",
    metadata,
    Column("boot", Key, primary_key=True),
    Column("device", BigInteger, nullable=False),
    Column("boot_id", Text, nullable=False),
    Column("booted_us", BigInteger, nullable=False),
    Column("booted_on", Integer, nullable=False),
    Column("is_day_only", Boolean, nullable=False),
    Column("source", Text, nullable=False),
    Column("start_kind", Text, nullable=False),
    Column("firmware_seconds", Float),
    Column("loader_seconds", Float),
    Column("kernel_seconds", Float),
    Column("userspace_seconds", Float),
    Column("to_login_seconds", Float),
    Column("os_version", Text),
    Column("previous_stop", Text, nullable=False),
    Column("stop_cause", Text, nullable=False),
    Column("stop_code", Text),
    UniqueConstraint("device", "boot_id"),  # the only index: it counts a start once and finds a device's starts
)
failures = Table(
    "failures",
    metadata,
    Column("failure", Key, primary_key=True),
    Column("device", BigInteger, nullable=False),
    Column("epoch_key", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("channel", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("occurred_us", BigInteger, nullable=False),
    Column("occurred_on", Integer, nullable=False),
    Column("is_day_only", Boolean, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("boot_id", Text),
    Column("evidence", Text, nullable=False, server_default="{}"),
    UniqueConstraint("device", "epoch_key", "seq"),
)
device_days = Table(
    "device_days",  # one row a device and active day: exposure, the 30-day bars, the vitals' roll-up
    metadata,
    Column("device", BigInteger, primary_key=True),
    Column("on", Integer, primary_key=True),
    Column("reports", Integer, nullable=False),
    Column("boots", Integer, nullable=False),
    Column("unclean_stops", Integer, nullable=False),
    Column("failures", BigInteger, nullable=False),  # the sum of their counts
    Column("to_login_seconds_max", Float),
    Column("awake_seconds", Float),
    Column("battery_level_percent_min", Float),
    Column("battery_full_wh", Float),  # the day's highest reading, as are all below but the free bytes
    Column("battery_design_wh", Float),
    Column("battery_cycles", BigInteger),
    Column("storage_free_bytes", BigInteger),  # the day's lowest reading
    Column("storage_wear_percent", Float),
    Column("media_errors", BigInteger),
    Column("reallocated_sectors", BigInteger),
    Column("pending_sectors", BigInteger),
    Column("unsafe_stops", BigInteger),
    Column("temperature_max_celsius", Float),
)
device_states = Table(
    "device_states",  # the newest of each kind a device sent; its number guards it against replays
    metadata,
    Column("device", BigInteger, primary_key=True),
    Column("last_heard_us", BigInteger),
    Column("inventory", Text),  # JSON as the wire has it
    Column("inventory_epoch_key", BigInteger),
    Column("inventory_seq", BigInteger),
    Column("vitals", Text),
    Column("vitals_us", BigInteger),
    Column("vitals_epoch_key", BigInteger),
    Column("vitals_seq", BigInteger),
)
mirror_outbox = Table(
    "mirror_outbox",
    metadata,
    Column("line", Key, primary_key=True),
    Column("body", Text, nullable=False),  # InfluxDB line protocol
)

# ------------------------------------------------------------------ the judge: flags and what people decided
flags = Table(
    "flags",
    metadata,
    Column("flag", Key, primary_key=True),
    Column("device", ForeignKey("devices.device"), nullable=False, index=True),
    Column("finding", Text, nullable=False),  # failing_disk, worn_battery, …
    Column("verdict", Text, nullable=False),  # watch, repair, replace, refresh, claim
    Column("state", Text, nullable=False),  # open, accepted, postponed, dismissed, done, closed
    Column("sentence", Text, nullable=False),
    Column("evidence", JSON, nullable=False),
    Column("opened_us", BigInteger, nullable=False),
    Column("seen_us", BigInteger, nullable=False),  # when judging last saw its evidence
    UniqueConstraint("device", "finding"),
)
decisions = Table(
    "decisions",
    metadata,
    Column("decision", Key, primary_key=True),
    Column("flag", ForeignKey("flags.flag"), nullable=False, index=True),
    Column("action", Text, nullable=False),  # accept, postpone, dismiss, finish, reopen
    Column("reason", Text, nullable=False, server_default=""),
    Column("until_on", Integer),
    Column("outcome", Text),  # of a finish: repaired, replaced, claimed, nothing_found
    Column("replaced_by", Text),  # serial number or tag of the new device
    Column("author", Text, nullable=False),
    Column("decided_us", BigInteger, nullable=False),
)
verdicts = Table(
    "verdicts",  # what the last judging said of each device, flags and decisions counted
    metadata,
    Column("device", BigInteger, primary_key=True),
    Column("verdict", Text, nullable=False),
    Column("rank", Integer, nullable=False),  # place in the order worst first: lists sort by it
    Column("sentence", Text, nullable=False),
    Column("unflagged_verdict", Text, nullable=False),  # what is said once no flag speaks of the device any more
    Column("unflagged_sentence", Text, nullable=False),
    Column("active_days", Integer, nullable=False),
    Column("judged_us", BigInteger, nullable=False),
)
judging_runs = Table(
    "judging_runs",  # each judging of the whole fleet, frozen: it can be printed again as it was
    metadata,
    Column("run", Key, primary_key=True),
    Column("judged_us", BigInteger, nullable=False),
    Column("until_on", Integer, nullable=False),
    Column("digest", Text, nullable=False),  # SHA-256 of the facts that were read
    Column("version", Text, nullable=False),
    Column("devices", Integer, nullable=False),
    Column("incidents", Integer, nullable=False),
    Column("history_days", Integer, nullable=False),
    Column("is_enough", Boolean, nullable=False),
    Column("replace", Integer, nullable=False),
    Column("watch", Integer, nullable=False),
    Column("parameters", JSON, nullable=False),
    Column("shapes", JSON, nullable=False),
    Column("shocks", JSON, nullable=False),
    Column("models", JSON, nullable=False),
    Column("document", LargeBinary, nullable=False),  # the printed form, compressed (zlib)
)
judgements = Table(
    "judgements",  # of the last run: one row a device and channel
    metadata,
    Column("device", BigInteger, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("observed", Integer, nullable=False),
    Column("weeks", Integer, nullable=False),
    Column("expected", Float, nullable=False),
    Column("ratio", Float, nullable=False),
    Column("low", Float),
    Column("high", Float),
    Column("probability", Float, nullable=False),
    Column("forecast_yearly", Float, nullable=False),
)
start_judgements = Table(
    "start_judgements",  # of the last run: one row a device whose starts are measured
    metadata,
    Column("device", BigInteger, primary_key=True),
    Column("usual_seconds", Float),
    Column("now_seconds", Float),
    Column("model_seconds", Float),
    Column("starts_yearly", Float, nullable=False),
)
kept_settings = Table(
    "kept_settings",  # what the collector must remember between starts: secrets it made, marks of jobs
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
