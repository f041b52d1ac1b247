"""Every table of the store, once, for SQLite and PostgreSQL alike.

Instants are whole microseconds since 1970 UTC (`_us`), days are whole days since 1970-01-01 in the school's zone
(`_on`): integers are half as large as text, sort alike in both databases, and need no conversion while ingesting.
Keys named `device` and `publisher` are the integer keys of those tables; the names people see are `device_id` and
`name`. Facts (boots, failures, refusals, decisions) are only ever added.
"""

from rollcall_collector.store.tables.access import audit, program_sites, programs
from rollcall_collector.store.tables.columns import kept_bands, kept_columns, late_changes
from rollcall_collector.store.tables.delivery import (
    copies,
    gaps,
    mirror_outbox,
    put_offs,
    refusals,
    restore_marks,
    restores,
    watermarks,
)
from rollcall_collector.store.tables.facts import IS_HURT, IS_NO_RETURN, boots, device_days, device_states, failures
from rollcall_collector.store.tables.identity import (
    enroll_tokens,
    hardware_keys,
    people,
    person_sites,
    publishers,
    registry_changes,
    sign_ins,
)
from rollcall_collector.store.tables.judging import (
    HAS_FAILED,
    IS_LIKELY,
    LIKELY,
    decisions,
    flags,
    judgements,
    judging_runs,
    start_judgements,
    verdicts,
)
from rollcall_collector.store.tables.kept import day_counts, plan_changes, presence, start_band_changes, start_bands
from rollcall_collector.store.tables.metadata import Key, metadata
from rollcall_collector.store.tables.publishing import (
    bridge_checks,
    device_publisher_days,
    device_publishers,
    roll_callers,
    roll_calls,
    tellings,
)
from rollcall_collector.store.tables.roster import carts, devices, holidays, lessons, roster_changes, sites
from rollcall_collector.store.tables.settings import kept_settings, part_runs
from rollcall_collector.store.tables.sign_in import (
    accounts,
    emergency_uses,
    passwords,
    person_rules,
    role_rule_sites,
    role_rules,
)
from rollcall_collector.store.tables.teachers import cart_codes, complaints

__all__ = [
    "HAS_FAILED",
    "IS_HURT",
    "IS_LIKELY",
    "IS_NO_RETURN",
    "LIKELY",
    "Key",
    "accounts",
    "audit",
    "boots",
    "bridge_checks",
    "cart_codes",
    "carts",
    "complaints",
    "copies",
    "day_counts",
    "decisions",
    "device_days",
    "device_publisher_days",
    "device_publishers",
    "device_states",
    "devices",
    "emergency_uses",
    "enroll_tokens",
    "failures",
    "flags",
    "gaps",
    "hardware_keys",
    "holidays",
    "judgements",
    "judging_runs",
    "kept_bands",
    "kept_columns",
    "kept_settings",
    "late_changes",
    "lessons",
    "metadata",
    "mirror_outbox",
    "part_runs",
    "passwords",
    "people",
    "person_rules",
    "person_sites",
    "plan_changes",
    "presence",
    "program_sites",
    "programs",
    "publishers",
    "put_offs",
    "refusals",
    "registry_changes",
    "restore_marks",
    "restores",
    "role_rule_sites",
    "role_rules",
    "roll_callers",
    "roll_calls",
    "roster_changes",
    "sign_ins",
    "sites",
    "start_band_changes",
    "start_bands",
    "start_judgements",
    "tellings",
    "verdicts",
    "watermarks",
]
