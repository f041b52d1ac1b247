"""Writes the roster as a list that can be imported again, and that no spreadsheet takes for formulas."""

from sqlalchemy import Connection

from rollcall_collector.model.device import Device
from rollcall_collector.model.roster import CLEAR, Column
from rollcall_collector.model.scope import Scope
from rollcall_collector.roster.cell_text import has_markup
from rollcall_collector.roster.columns import COLUMNS
from rollcall_collector.sheets.csv_cells import Sign, guard, write_lines
from rollcall_collector.store.roster import listed_devices


def export_roster(connection: Connection, scope: Scope, *, clears: bool = False) -> tuple[str, int]:
    """The list of devices in scope and in use with a serial number, and how many had to be left out for lack of one.

    What is not known is an empty cell, which an import leaves alone; with `clears` a hyphen, which takes it away.
    """
    devices = list(listed_devices(connection, scope))
    listed = [device for device in devices if device.serial_number is not None]
    rows = [[_cell(device, column, clears=clears) for column in COLUMNS] for device in listed]
    return write_lines([COLUMNS, *rows], end="\n"), len(devices) - len(listed)


def _cell(device: Device, column: Column, *, clears: bool) -> object:
    value = getattr(device, column)
    if value is None and clears:
        return Sign(CLEAR)
    if isinstance(value, str) and has_markup(value) and guard(value) == value:
        return Sign(f"'{value}")
    return f"{value:.2f}" if isinstance(value, float) else value  # money
