"""The words between devices and the collector: reports, messages, topics. A leaf: it imports nobody."""

from rollcall_wire.messages import Ack, Message, SchoolHours, Settings, State
from rollcall_wire.reports import Body, Boot, Failure, Gap, Inventory, Report, Vitals

__all__ = [
    "Ack",
    "Body",
    "Boot",
    "Failure",
    "Gap",
    "Inventory",
    "Message",
    "Report",
    "SchoolHours",
    "Settings",
    "State",
    "Vitals",
]
