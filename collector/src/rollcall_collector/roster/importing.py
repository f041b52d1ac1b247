"""Puts a list into the store in one transaction: all of it, or nothing."""

from dataclasses import dataclass

from sqlalchemy import Engine

from rollcall_collector.model.roster import RosterChanges, RosterReading
from rollcall_collector.model.site import NewSite
from rollcall_collector.roster.dates import Order
from rollcall_collector.roster.reading import read_roster
from rollcall_collector.store.roster import apply_roster


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterReport:
    """What was read, and what was done with it. `changes` is None where nothing was touched because of problems."""

    reading: RosterReading
    changes: RosterChanges | None
    is_dry_run: bool


def import_roster(
    engine: Engine,
    content: bytes,
    *,
    new_site: NewSite,
    dates: Order | None = None,
    is_dry_run: bool = False,
    skips_bad: bool = False,
) -> RosterReport:
    """Import a list; sites that are new get the zone and hours of `new_site`.

    With any bad row nothing is done, unless `skips_bad` leaves those out. A dry run does everything and takes it
    back, so it says exactly what an import would do.
    """
    reading = read_roster(content, dates=dates)
    if not reading.is_readable or (reading.problems and not skips_bad):
        return RosterReport(reading=reading, changes=None, is_dry_run=is_dry_run)
    with engine.connect() as connection, connection.begin() as transaction:
        changes = apply_roster(connection, reading.rows, new_site=new_site)
        if is_dry_run:
            transaction.rollback()
    return RosterReport(reading=reading, changes=changes, is_dry_run=is_dry_run)
