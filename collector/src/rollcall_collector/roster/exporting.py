"""Writes the roster as a list that can be imported again, and that no spreadsheet takes for formulas."""

import csv
import io
from datetime import date

from sqlalchemy import Connection

from rollcall_collector.model.device import Device
from rollcall_collector.model.roster import Column
from rollcall_collector.roster.columns import COLUMNS
from rollcall_collector.store.roster import listed_devices


def export_roster(connection: Connection) -> tuple[str, int]:
    """The list of all devices in use with a serial number, and how many had to be left out for lack of one."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    left_out = 0
    for device in listed_devices(connection):
        if device.serial_number is None:
            left_out += 1
        else:
            writer.writerow([_cell(device, column) for column in COLUMNS])
    return text.getvalue(), left_out


def _cell(device: Device, column: Column) -> str:
    value = getattr(device, column)
    match value:
        case None:
            return ""
        case float():
            return f"{value:.2f}"
        case date():
            return value.isoformat()
        case str() if value[:1] in tuple("=+-@"):
            return f"'{value}"  # else a spreadsheet would run it
        case _:
            return str(value)
