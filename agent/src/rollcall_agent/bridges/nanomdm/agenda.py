"""Which iPads are to be asked now, within what is fair to them and to Apple's push service; kept on disk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from sqlite3 import Connection
from typing import Literal
from uuid import uuid4

from rollcall_agent.bridges.nanomdm.memory import IpadMemory, from_us, to_us

Purpose = Literal["daily", "invitation", "roll_call"]

ASKED_EVERY = timedelta(hours=24)
INVITED_EVERY = timedelta(days=30)
STATUS_EXPECTED = timedelta(days=3)
"""Who tells its status every day needs no invitation; whoever was not heard for longer gets another one."""
ROLL_CALLS_A_DAY_MAX = 6
BATCH_MAX = 50
"""So many devices are named in one request to NanoMDM."""
RETRY_AFTER = timedelta(minutes=2)
FRESH = timedelta(minutes=5)
"""Who was asked so recently is not asked again: its answer is on its way, or it does not hear."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """One command to some devices. Its name stays the same when it is sent again: it is queued once."""

    command: str
    purpose: Purpose
    udids: tuple[str, ...]


class Agenda:
    """Chooses whom to ask, and writes that down before anybody is asked."""

    def __init__(self, memory: IpadMemory) -> None:
        self._memory = memory

    def unsent(self, now: datetime) -> Question | None:
        """What was meant to be asked, and is not known to have been: the bridge was killed, or NanoMDM was away."""
        with self._memory.writing() as connection:
            found = connection.execute(
                "SELECT command, purpose FROM asked WHERE state = 'meant' AND asked_us < ? ORDER BY asked_us LIMIT 1",
                (to_us(now - RETRY_AFTER),),
            ).fetchone()
            if found is None:
                return None
            rows = connection.execute("SELECT udid FROM asked WHERE command = ?", (found[0],)).fetchall()
            connection.execute("UPDATE asked SET asked_us = ? WHERE command = ?", (to_us(now), found[0]))
        return Question(command=found[0], purpose=found[1], udids=tuple(udid for (udid,) in rows))

    def daily(self, now: datetime) -> Question | None:
        """The devices whose last question is a day old, those first that waited longest."""
        return self._regular("daily", "asked_us", to_us(now - ASKED_EVERY), "", now)

    def invitations(self, now: datetime) -> Question | None:
        """The devices that tell no status, and were not invited to for a month."""
        silent = f"AND status_us < {to_us(now - STATUS_EXPECTED)}"
        return self._regular("invitation", "invited_us", to_us(now - INVITED_EVERY), silent, now)

    def roll_call(self, serial_numbers: Sequence[str], now: datetime, *, count: int) -> tuple[Question | None, int]:
        """At most so many of these, in their order, and how many were looked at for them.

        Whoever was asked often or just now is passed over.
        """
        chosen: list[str] = []
        looked_at = 0
        with self._memory.writing() as connection:
            for serial in serial_numbers:
                if len(chosen) == count:
                    break
                looked_at += 1
                found = connection.execute(
                    "SELECT udid FROM devices WHERE serial_number = ? AND is_askable = 1", (serial,)
                ).fetchone()
                if found is not None and self._may_be_asked(connection, found[0], now):
                    chosen.append(found[0])
            return _meant(connection, "roll_call", chosen, now), looked_at

    def note(self, question: Question, *, pushed: Sequence[str]) -> None:
        """NanoMDM has queued it; `pushed` are those whose push Apple took."""
        with self._memory.writing() as connection:
            connection.execute(
                "UPDATE asked SET state = 'sent' WHERE command = ? AND state = 'meant'", (question.command,)
            )
            if question.purpose == "daily":
                connection.executemany(
                    "UPDATE asked SET state = 'pushed' WHERE command = ? AND udid = ?",
                    [(question.command, udid) for udid in pushed],
                )

    def _regular(self, purpose: Purpose, column: str, before_us: int, also: str, now: datetime) -> Question | None:
        with self._memory.writing() as connection:
            rows = connection.execute(
                f"SELECT udid FROM devices WHERE is_askable = 1 AND {column} <= ? {also} ORDER BY {column} LIMIT ?",  # noqa: S608  # our own names
                (before_us, BATCH_MAX),
            ).fetchall()
            udids = [udid for (udid,) in rows]
            connection.executemany(
                f"UPDATE devices SET {column} = ? WHERE udid = ?",  # noqa: S608  # as above
                [(to_us(now), udid) for udid in udids],
            )
            return _meant(connection, purpose, udids, now)

    def _may_be_asked(self, connection: Connection, udid: str, now: datetime) -> bool:
        asked = "SELECT count(*), max(asked_us) FROM asked WHERE udid = ? AND purpose = 'roll_call' AND asked_us > ?"
        count, last_us = connection.execute(asked, (udid, to_us(now - timedelta(days=1)))).fetchone()
        return count < ROLL_CALLS_A_DAY_MAX and (last_us is None or from_us(last_us) <= now - FRESH)


def _meant(connection: Connection, purpose: Purpose, udids: Sequence[str], now: datetime) -> Question | None:
    if not udids:
        return None
    question = Question(command=f"rollcall-{uuid4()}", purpose=purpose, udids=tuple(udids))
    connection.executemany(
        "INSERT INTO asked VALUES (?, ?, ?, ?, 'meant')",
        [(question.command, udid, purpose, to_us(now)) for udid in udids],
    )
    return question
