"""Writes a school of which every text bears one word and every key and reading one row of digits, table by table."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, insert

from rollcall_collector.identity.credentials import digest
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.model.hardware import BatchReport, LifeRecord, ModelReport
from rollcall_collector.model.judgement import JudgingRun
from rollcall_collector.model.verdict import VERDICTS, Verdict
from rollcall_collector.store import tables
from rollcall_collector.store.instants import to_day, to_us
from rollcall_collector.store.judged.judgings import keep_run
from tests.support.fleets.kept import keep_boot, keep_failure, keep_state
from tests.support.fleets.planned import judged

NOW = datetime(2026, 11, 24, 9, 40, tzinfo=UTC)
"""A Tuesday morning in school."""
BOUGHT_YEAR, FOREIGN_YEAR = 2023, 2019
DEVICES = 8
"""Of these two are of the school's own model, one of a shared one, the rest of one whose newest update was a bad one."""
RETIRED = 4
SHARED_MODEL = "Common 11"
"""A model of which every school has some."""


Kind = Literal["device", "flag", "price"]
"""What a school has that not everybody who sees the school may see."""


@dataclass(frozen=True, kw_only=True)
class School:
    """One school: `word` stands in each of its texts, its keys and readings begin with `digits`."""

    word: str
    digits: int

    def number(self, place: int) -> int:
        """One of its keys or readings."""
        return self.digits * 1000 + place

    @property
    def kinds(self) -> Mapping[Kind, str]:
        """By kind, a pattern for what only somebody may see who may see that kind."""
        thousands = f"{self.digits // 1000},?{self.digits % 1000}"
        return {
            "device": rf"{self.word}-(serial|tag|d|model|new|maker|boot)\b",
            "flag": rf"{self.word} (finding|sentence|else|reason)\b",
            "price": rf"{thousands},?088\b",
        }

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything by which somebody could ask for something of this school."""
        names = ("site", "cart", "model", "d-1", "serial-1", "tag-1", "site=5", "program")
        return tuple(f"{self.word}-{one}" for one in names)

    @property
    def numbers(self) -> tuple[int, ...]:
        """Its keys, as addresses name them."""
        return tuple(self.number(place) for place in range(1, 8))


def keep_school(connection: Connection, school: School) -> None:
    """Everything that a school can have: devices in carts and in none, facts, flags, decisions, tokens, programs."""
    word, number = school.word, school.number
    site, cart = number(1), number(2)
    _add(connection, "sites", site=site, name=f"{word}-site", zone="Europe/London")
    _add(connection, "holidays", site=site, on=to_day(NOW.date()) + 30, name=f"{word}-holiday")
    _add(connection, "carts", cart=cart, site=site, name=f"{word}-cart", home_room=f"{word}-room", slots=30)
    code = {"secret_hash": digest(f"{word}-code"), "made_us": to_us(NOW), "made_by": f"{word}-person"}
    _add(connection, "cart_codes", code=number(3), cart=cart, **code)
    _add(connection, "lessons", site=site, label=f"{word}-lesson", starts_minute=900, ends_minute=950)
    token = {"token_hash": digest(f"{word}-token"), "created_us": to_us(NOW), "expires_us": to_us(NOW) * 2}
    _add(connection, "enroll_tokens", site=site, uses_left=3, **token)
    moved = {
        "kind": "move",
        "subject": "",
        "target": f"{word}-site, {word}-cart",
        "devices": 1,
        "author": f"{word}-person",
    }
    before = {"devices": [[school.number(1), site, cart, 9]], "cart": cart}
    _add(
        connection, "roster_changes", change=school.number(5), site=site, changed_us=to_us(NOW), before=before, **moved
    )
    for place in range(1, DEVICES + 1):
        _keep_device(connection, school, place, site=site, cart=cart if place < 3 else None)
    program = {"name": f"{word}-program", "secret_hash": digest(f"{word}-key"), "scopes": "devices", "made_by": word}
    times = {"made_us": to_us(NOW), "ends_us": to_us(NOW) * 2}
    _add(connection, "programs", program=number(6), has_all_sites=False, **program, **times)
    _add(connection, "program_sites", program=number(6), site=site)
    deed = {"deed": "changed", "noun": "site", "subject": f"{word}-site", "after": {"name": f"{word}-site"}}
    _add(connection, "audit", entry=number(7), at_us=to_us(NOW), author=f"{word}-person", site=site, **deed)
    said = {"complaint": number(4), "cart": cart, "slot": 1, "device": number(1), "said_us": to_us(NOW)}
    _add(connection, "complaints", **said)
    for place, state in enumerate(("open", "open", "accepted", "open", "open"), 3):
        _keep_flag(connection, school, place, state)


def keep_homeless(connection: Connection, school: School) -> None:
    """What belongs to no site, under this school's word: a device, a bridge, a publisher that nobody knows."""
    _keep_device(connection, school, DEVICES + 1, site=None, cart=None)
    _keep_publisher(connection, f"{school.word}-bridge", None, school.number(DEVICES + 2))
    _refuse(connection, f"{school.word}-stranger", school, DEVICES + 2)


def keep_judging(connection: Connection, *schools: School) -> None:
    """Two judgings of all these schools' devices, the second with its report on their models and what struck those."""
    names = [SHARED_MODEL, *(f"{one.word}-model" for one in schools)]
    run = JudgingRun(
        run=0,
        judged_at=NOW - timedelta(hours=7),
        until_on=NOW.date(),
        digest="0" * 64,
        version="0.1.0",
        devices=6,
        incidents=900,
        history_days=400,
        is_enough=True,
        replace=2,
        watch=0,
        parameters=asdict(Parameters()),
        shapes={"any": 1.6, "crash": 1.6},
        shocks=tuple(_shock(name) for name in names),
    )
    before = replace(run, judged_at=NOW - timedelta(days=8))
    keep_run(connection, before, document="{}", models=[])
    keep_run(connection, run, document="{}", models=[asdict(_report(name)) for name in names])


def _keep_device(connection: Connection, school: School, place: int, *, site: int | None, cart: int | None) -> None:
    word, key = school.word, school.number(place)
    verdict: Verdict = "replace" if place == 1 else "healthy"
    _add(
        connection,
        "devices",
        device=key,
        device_id=f"{word}-d-{place}",
        serial_number=f"{word}-serial-{place}",
        asset_tag=f"{word}-tag-{place}",
        platform="windows",
        manufacturer=f"{word}-maker",
        model={1: f"{word}-model", 2: f"{word}-model", 3: SHARED_MODEL}.get(place, f"{word}-new"),
        os_version=f"{word}-system",
        site=site,
        cart=cart,
        slot=place,
        price=float(school.number(88)),
        purchased_on=to_day(NOW.date().replace(year=BOUGHT_YEAR, month=8)),
        enrolled_on=to_day(NOW.date()) - 300,
        retired_on=to_day(NOW.date()) - 9 if place == RETIRED else None,
    )
    _keep_publisher(connection, f"{word}-d-{place}", key, key)
    _refuse(connection, f"{word}-d-{place}", school, place)
    heard = NOW - timedelta(minutes=school.digits // 1000)
    keep_state(connection, key, heard, battery_level_percent=60.0, battery_cycles=_reading(school))
    for back in range(60):
        day = {"reports": 3, "boots": 1, "unclean_stops": 0, "failures": int(back <= 1)}
        _add(
            connection, "device_days", device=key, on=to_day(NOW.date()) - back, battery_cycles=_reading(school), **day
        )
    at = datetime.combine(NOW.date(), time(8), UTC)
    keep_boot(connection, key, f"{word}-boot", at, to_login_seconds=20.0, os_version=f"{word}-system")
    keep_failure(connection, key, "crash", "os_crash", NOW.date(), value=_reading(school))
    _add(connection, "gaps", device=key, received_us=to_us(NOW), first_seq=1, last_seq=5, count=5, reason="too_old")
    said = {"verdict": verdict, "sentence": f"{word} sentence", "rank": VERDICTS.index(verdict)}
    own = {"unflagged_verdict": "healthy", "unflagged_sentence": f"{word} else", "judged_us": to_us(NOW)}
    _add(connection, "verdicts", device=key, active_days=60, first_on=to_day(NOW.date()) - 300, **said, **own)
    _add(connection, "judgements", **judged(key, "crash", 9)._asdict())
    starts = {"usual_seconds": 20.0, "now_seconds": 30.0, "model_seconds": 20.0, "starts_yearly": 180.0}
    _add(connection, "start_judgements", device=key, **starts)


def _keep_flag(connection: Connection, school: School, place: int, state: str) -> None:
    """Five flags over the first three devices; `listed` is how the last judging names the device."""
    kinds = {6: ("worn_battery", "repair"), 7: ("slow_start", "repair")}
    finding, verdict = kinds.get(place, ("unreliable", "replace"))
    slow = {"since_day": to_day(NOW.date()), "start_kind": "full", "usual_seconds": 9.0, "now_seconds": 19.0}
    _add(
        connection,
        "flags",
        flag=school.number(place),
        device=school.number(1 + place % 3),
        finding=finding,
        verdict=verdict,
        state=state,
        sentence=f"{school.word} finding",
        evidence={"listed": "replace", "probability": 0.97, "percent": 48.0, "count": _reading(school), **slow},
        opened_us=to_us(NOW),
        seen_us=to_us(NOW),
    )
    if state == "accepted":
        said = {"action": "accept", "reason": f"{school.word} reason", "author": f"{school.word}-person"}
        _add(connection, "decisions", flag=school.number(place), decided_us=to_us(NOW) - 1, **said)


def _keep_publisher(connection: Connection, name: str, device: int | None, publisher: int) -> None:
    """One that was set back once, is in use twice, and was put off."""
    state = "ready" if device else "lost"
    enrolled = {"secret_hash": "$7$x", "enrolled_us": to_us(NOW), "state": state, "last_heard_us": to_us(NOW) // 2}
    platform = None if device else "windows"
    _add(connection, "publishers", publisher=publisher, name=name, device=device, platform=platform, **enrolled)
    seen = {"set_backs": publisher, "set_back_us": to_us(NOW), "shared": publisher, "shared_us": to_us(NOW)}
    _add(connection, "copies", publisher=publisher, **seen)
    off = {"began_us": to_us(NOW), "until_us": to_us(NOW), "times": 1, "not_read": publisher, "is_cut": False}
    _add(connection, "put_offs", publisher=publisher, **off)


def _refuse(connection: Connection, publisher: str, school: School, place: int) -> None:
    refused = {"reason": "wrong_shape", "detail": f"{school.word} detail", "size": 2, "payload": b"{}"}
    refusal = school.number(place)
    _add(connection, "refusals", refusal=refusal, received_us=to_us(NOW) - 1, publisher=publisher, **refused)


def _reading(school: School) -> int:
    return school.number(99)


def _report(name: str) -> ModelReport:
    """A model with devices bought in two years, one of which is that of no device here."""
    record = LifeRecord(
        devices=40,
        in_service=39,
        device_days=9000.0,
        incidents=20,
        left_out=0,
        rate=0.8,
        low=0.5,
        high=1.1,
        dispersion=1.0,
        lacking=None,
        named_replace=7,
        named_watch=5,
        starts=None,
        ageing=None,
        batteries=None,
    )
    return ModelReport(
        platform="windows",
        model=name,
        advice="no_difference",
        sentence=f"Of {name} enough is known.",
        platform_rate=0.9,
        record=record,
        batches=tuple(
            BatchReport(purchase_year=year, standing="no_difference", record=record)
            for year in (BOUGHT_YEAR, FOREIGN_YEAR)
        ),
    )


def _shock(name: str) -> Mapping[str, Any]:
    days = {"from_on": "2026-10-25", "until_on": "2026-11-24"}
    found = {"devices": 34, "incidents": 36, "usual": 4.25, "version": f"{name}-system"}
    return {"channel": "crash", "platform": "windows", "model": name, **days, **found}


def _add(connection: Connection, table: str, **row: Any) -> None:
    connection.execute(insert(tables.metadata.tables[table]).values(**row))
