"""What the judge said and what people decided."""

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
    Table,
    Text,
    UniqueConstraint,
    text,
)

from rollcall_collector.store.tables.metadata import Key, metadata

HAS_FAILED = text("observed >= 1")
LIKELY = 0.5
IS_LIKELY = text(f"observed >= 1 AND probability >= {LIKELY}")
"""Of a judgement: as their indexes have it, and so as questions must."""

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
    Column("closed_us", BigInteger),  # when judging no longer found it, the last time that happened
    UniqueConstraint("device", "finding"),
    # Pages ask for few states, and a flag's evidence is long: what groups flags is read here alone.
    Index("ix_flags_state", "state", "verdict", "device", "finding", "opened_us"),
    Index("ix_flags_kind", "verdict", "finding", "state", "opened_us"),  # the oldest of a kind first
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
    Column("rank", Integer, nullable=False, index=True),  # place in the order worst first: lists sort by it
    Column("sentence", Text, nullable=False),
    Column("unflagged_verdict", Text, nullable=False),  # what is said once no flag speaks of the device any more
    Column("unflagged_sentence", Text, nullable=False),
    Column("active_days", Integer, nullable=False),
    Column("judged_us", BigInteger, nullable=False),
    Column("first_on", Integer),  # the first of those days
    Index("ix_verdicts_active", "active_days", "first_on", "device"),  # counted without the rows
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
    Column("gap_days", JSON, nullable=False, server_default="{}"),
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
    Column("doubt", Float, nullable=False, server_default="0"),  # of what is expected, of its logarithm
    Column("own_shape", Float),
    Column("own_mean", Float),
    Column("peers", Text, nullable=False, server_default=""),
    Column("site_times", Float, nullable=False, server_default="1"),
    Index("ix_judgements_failed", "device", "channel"),  # WHERE HAS_FAILED: see teachers
    Index("ix_judgements_likely", "device", "channel", "probability", "weeks"),  # WHERE IS_LIKELY
)
start_judgements = Table(
    "start_judgements",  # of the last run: one row a device whose starts are measured
    metadata,
    Column("device", BigInteger, primary_key=True),
    Column("usual_seconds", Float),
    Column("now_seconds", Float),
    Column("model_seconds", Float),
    Column("starts_yearly", Float, nullable=False),
    Index("ix_start_judgements_now_seconds", "now_seconds"),
)
