"""Reads the school's purchase list into the store, and writes it back; opens other lists as tolerantly."""

from rollcall_collector.roster.exporting import export_roster
from rollcall_collector.roster.importing import RosterReport, import_roster, read_list_before
from rollcall_collector.roster.reading import read_roster
from rollcall_collector.roster.sheet import read_list

__all__ = ["RosterReport", "export_roster", "import_roster", "read_list", "read_list_before", "read_roster"]
