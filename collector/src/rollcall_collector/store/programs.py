"""Keeps the programs that may ask the API: their scopes and sites, until when, and the hash of their token."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Engine, insert, select, update

from rollcall_collector.model.person import RIGHTS, Right
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import from_us
from rollcall_collector.store.tables import program_sites, programs


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """A program that asks the API: what it is called, its scopes, its sites, who made its token, and until when."""

    title: str
    scopes: frozenset[Right]
    scope: Scope
    made_by: str
    ends_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def name(self) -> str:
        """As what it decides and changes: nobody takes it for a person."""
        return f"program {self.title}"

    def state(self, now: datetime) -> Literal["works", "ended", "revoked"]:
        """Whether its token works now, and else why not."""
        return "revoked" if self.revoked_at else "ended" if self.ends_at <= now else "works"

    def may(self, right: Right) -> bool:
        """Whether it has this scope."""
        return right in self.scopes


def add_program(engine: Engine, program: Program, *, secret_hash: str, now_us: int, ends_us: int) -> bool:
    """Keep a new program; false where the name is taken, by one that was revoked too: the audit log names it."""
    with engine.begin() as connection:
        if connection.execute(select(programs.c.program).where(programs.c.name == program.title)).first():
            return False
        row = {
            "name": program.title,
            "secret_hash": secret_hash,
            "scopes": " ".join(sorted(program.scopes)),
            "has_all_sites": program.scope.is_all,
            "made_by": program.made_by,
            "made_us": now_us,
            "ends_us": ends_us,
        }
        key = connection.execute(insert(programs).values(row).returning(programs.c.program)).scalar_one()
        if rows := [{"program": key, "site": site} for site in sorted(program.scope.sites or ())]:
            connection.execute(insert(program_sites), rows)
        return True


def find_program(engine: Engine, *, secret_hash: str, now_us: int, touch_us: int) -> Program | None:
    """The program of this token, unless it ended or was revoked; noted as used where that was `touch_us` ago."""
    works = (programs.c.secret_hash == secret_hash) & (programs.c.ends_us > now_us) & programs.c.revoked_us.is_(None)
    with engine.connect() as connection:
        row = connection.execute(select(programs).where(works)).first()
        found = None if row is None else _read(connection, row)
    if row is not None and (row.used_us is None or now_us - row.used_us >= touch_us):
        with engine.begin() as connection:
            connection.execute(update(programs).where(works).values(used_us=now_us))
    return found


def list_programs(engine: Engine, scope: Scope) -> tuple[Program, ...]:
    """Every program that sees nothing outside this scope, by name, revoked ones too."""
    with engine.connect() as connection:
        rows = connection.execute(select(programs).order_by(programs.c.name)).all()
        found = [_read(connection, row) for row in rows]
    return tuple(one for one in found if one.scope.is_within(scope))


def revoke_program(engine: Engine, scope: Scope, title: str, *, now_us: int) -> bool:
    """Let its token work no more; false where no working one within this scope is called so."""
    if title not in {one.title for one in list_programs(engine, scope)}:
        return False
    ended = update(programs).where(programs.c.name == title, programs.c.revoked_us.is_(None))
    with engine.begin() as connection:
        return connection.execute(ended.values(revoked_us=now_us)).rowcount == 1


def _read(connection: Connection, row: Any) -> Program:
    scopes = frozenset(right for right in RIGHTS if right in row.scopes.split())
    own = select(program_sites.c.site).where(program_sites.c.program == row.program)
    sites = None if row.has_all_sites else frozenset(connection.execute(own).scalars())
    return Program(
        title=row.name,
        scopes=scopes,
        scope=Scope(sites=sites).seen_with(scopes),
        made_by=row.made_by,
        ends_at=from_us(row.ends_us),
        used_at=None if row.used_us is None else from_us(row.used_us),
        revoked_at=None if row.revoked_us is None else from_us(row.revoked_us),
    )
