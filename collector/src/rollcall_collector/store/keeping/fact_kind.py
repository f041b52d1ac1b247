"""How starts and how failures stand in the store: their columns, how words make one of them, what it counts for."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rollcall_collector.store.keeping.merged_fact import (
    BOOT_CONTENT,
    FAILURE_CONTENT,
    Word,
    merge_boot,
    merge_failure,
)
from rollcall_collector.store.keeping.statements import BOOT_COLUMNS

SEQ_MAX = 2**53
TAKEN_MAX = 1_000
Content = Mapping[str, Any]
"""The columns of one fact that its words make."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FactKind:
    """One table of facts. `founded` are the columns that its first word gives a fact for good."""

    table: str
    key: str
    is_named: bool
    """Whether equal names mean the same fact."""
    founded: tuple[str, ...]
    found: Callable[[int, str, str, int], tuple[Any, ...]]
    """Their values, of a device, subject and name; others than so many that are taken."""
    content: tuple[str, ...]
    on: str
    merge: Callable[[Sequence[Word]], tuple[Any, ...]]
    said: Callable[[Content], dict[str, Any]]
    """What the only word about a fact said, of its columns."""
    says: Callable[[Mapping[str, Any]], str]
    """Of what a word said, what partners rather agree on."""
    counts: Callable[[Content], Mapping[str, Any]]
    """What it counts for in its day, by the day's fields."""
    adopt: str
    """Finds the facts of a subject in a span of days that stand without a word: key, publisher, name, columns."""

    def read(self, values: Sequence[Any]) -> Content:
        """Values in the order of `content` by their names."""
        return dict(zip(self.content, values, strict=True))

    @property
    def load(self) -> str:
        """Finds one fact by its key."""
        return f"SELECT {', '.join(self.content)} FROM {self.table} WHERE {self.key} = ?"  # noqa: S608  # own names

    @property
    def add(self) -> str:
        """Adds one fact unless its founding columns stand already; tells its key."""
        columns = (*self.founded, *self.content)
        marks = ", ".join("?" * len(columns))
        text = f"INSERT INTO {self.table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608  # own names
        return f"{text} ON CONFLICT DO NOTHING RETURNING {self.key}"

    @property
    def change(self) -> str:
        """Describes one fact anew."""
        sets = ", ".join(f"{one} = ?" for one in self.content)
        return f"UPDATE {self.table} SET {sets} WHERE {self.key} = ?"  # noqa: S608  # own names

    @property
    def remove(self) -> str:
        """Removes one fact."""
        return f"DELETE FROM {self.table} WHERE {self.key} = ?"  # noqa: S608  # own names


def _found_boot(device: int, _subject: str, name: str, taken: int) -> tuple[Any, ...]:
    return device, f"{name}/{taken}" if taken else name


def _found_failure(device: int, subject: str, name: str, taken: int) -> tuple[Any, ...]:
    channel, _, code = subject.partition("/")
    epoch_key, _, seq = name.partition("/")
    return device, channel, code, int(epoch_key), -(int(seq) + taken * SEQ_MAX) if taken else int(seq)


def _boot_said(boot: Content) -> dict[str, Any]:
    return {name: boot[name] for name in BOOT_COLUMNS if boot[name] is not None}


def _failure_said(failure: Content) -> dict[str, Any]:
    evidence = json.loads(failure["evidence"])
    return {"count": failure["count"], "boot_id": failure["boot_id"], "evidence": evidence}


def _boot_counts(boot: Content) -> Mapping[str, Any]:
    unclean = int(boot["previous_stop"] == "unclean")
    return {"boots": 1, "unclean_stops": unclean, "to_login_seconds_max": boot["to_login_seconds"]}


def _failure_counts(failure: Content) -> Mapping[str, Any]:
    return {"failures": failure["count"]}


_WITHOUT_WORD = "NOT IN (SELECT fact FROM tellings WHERE device = ? AND subject = ?)"
_FAILURE_COLUMNS = ", ".join(f"failures.{one}" for one in FAILURE_CONTENT)
BOOT = FactKind(
    table="boots",
    key="boot",
    is_named=True,
    founded=("device", "boot_id"),
    found=_found_boot,
    content=BOOT_CONTENT,
    on="booted_on",
    merge=merge_boot,
    said=_boot_said,
    says=lambda said: str(said["previous_stop"]),
    counts=_boot_counts,
    adopt=(
        f"SELECT boot, NULL, boot_id, {', '.join(BOOT_CONTENT)} FROM boots"  # noqa: S608  # own names
        f" WHERE device = ? AND booted_on BETWEEN ? AND ? AND ? <> '' AND boot {_WITHOUT_WORD}"
    ),
)
FAILURE = FactKind(
    table="failures",
    key="failure",
    is_named=False,
    founded=("device", "channel", "code", "epoch_key", "seq"),
    found=_found_failure,
    content=FAILURE_CONTENT,
    on="occurred_on",
    merge=merge_failure,
    said=_failure_said,
    says=lambda said: str(said["count"]),
    counts=_failure_counts,
    adopt=(
        f"SELECT failure, publisher, failures.epoch_key || '/' || seq, {_FAILURE_COLUMNS} FROM failures"  # noqa: S608  # own names
        " LEFT JOIN watermarks ON watermarks.epoch_key = failures.epoch_key"
        " WHERE device = ? AND occurred_on BETWEEN ? AND ? AND channel || '/' || code = ? AND failure"
        f" {_WITHOUT_WORD}"
    ),
)
