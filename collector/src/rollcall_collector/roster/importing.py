"""Puts a list into the store in one transaction: all of it, or nothing; and keeps the list as it was before."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Engine

from rollcall_collector.errors import StoreError
from rollcall_collector.model.roster import RosterChanges, RosterReading
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import NewSite
from rollcall_collector.roster.close_names import find_twins, say_twins
from rollcall_collector.roster.dates import Order
from rollcall_collector.roster.exporting import export_roster
from rollcall_collector.roster.known import KnownDevices
from rollcall_collector.roster.mapping import Wanted
from rollcall_collector.roster.reading import read_roster
from rollcall_collector.store.kept_settings import put_setting, read_setting
from rollcall_collector.store.roster import apply_roster, listed_devices
from rollcall_collector.store.sites import site_keys

_BEFORE = "roster.before"


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterReport:
    """What was read, and what was done with it. `changes` is None where nothing was touched because of problems.

    `twins` are new sites whose names are close to another's, with that one: where somebody must say that both are
    meant, nothing was touched either.
    """

    reading: RosterReading
    changes: RosterChanges | None
    is_dry_run: bool
    twins: tuple[tuple[str, str], ...] = ()


def import_roster(
    engine: Engine,
    scope: Scope,
    content: bytes,
    *,
    new_site: NewSite,
    dates: Order | None = None,
    columns: Wanted | None = None,
    site: str | None = None,
    today: date | None = None,
    is_dry_run: bool = False,
    skips_bad: bool = False,
    new_sites: Collection[str] | None = None,
) -> RosterReport:
    """Import a list; sites that are new get the zone and hours of `new_site`.

    `dates`, `columns`, `site` and `today` are as for `read_roster`; where the store has one site only, a list without
    sites is of that one. With any bad row nothing is done, unless `skips_bad` leaves those out. A dry run does
    everything and takes it back, so it says exactly what an import would do. `new_sites` are names that somebody says
    are new schools although they are nearly another's; None: nobody is there to be asked. Raises
    StoreError for who does not see all sites: a list names any device by its serial number, and moves it.
    """
    if not scope.is_all:
        raise StoreError("a list can move devices from any school to any other: somebody who sees all must import it")
    with engine.connect() as connection:
        known = list(site_keys(connection, scope))
        devices = KnownDevices.of(listed_devices(connection, scope))
    only = known[0] if len(known) == 1 else None
    reading = read_roster(content, dates=dates, columns=columns, site=site, only_site=only, today=today, known=devices)
    if not reading.is_readable or (reading.problems and not skips_bad):
        return RosterReport(reading=reading, changes=None, is_dry_run=is_dry_run)
    gone = [line.serial_number for line in reading.left_out if line.serial_number is not None]
    with engine.connect() as connection, connection.begin() as transaction:
        before = "" if is_dry_run else export_roster(connection, scope, clears=True)[0]
        changes = apply_roster(connection, reading.rows, new_site=new_site, gone=gone)
        twins = tuple(find_twins(changes.sites, known))
        is_asking = new_sites is not None and any(name not in new_sites for name, _ in twins)
        if is_dry_run or is_asking:
            transaction.rollback()
        elif changes.total:
            put_setting(connection, _BEFORE, before)
    if is_asking and not is_dry_run:
        return RosterReport(reading=reading, changes=None, is_dry_run=False, twins=twins)
    changes = replace(changes, remarks=(*changes.remarks, *say_twins(changes.sites, known)))
    return RosterReport(reading=reading, changes=changes, is_dry_run=is_dry_run, twins=twins)


def read_list_before(engine: Engine, scope: Scope) -> str | None:
    """The list as it was before the last import that changed anything; imported, it puts back what that changed.

    None before the first, and for who does not see all sites.
    """
    return read_setting(engine, _BEFORE) if scope.is_all else None
