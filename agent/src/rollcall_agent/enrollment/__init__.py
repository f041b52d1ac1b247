"""Makes a device, or a bridge and its devices, known to a collector, and remembers who they are."""

from rollcall_agent.enrollment.application import enroll
from rollcall_agent.enrollment.door import Door
from rollcall_agent.enrollment.identity import Identity
from rollcall_agent.enrollment.state import Preparation, StateFolder

__all__ = ["Door", "Identity", "Preparation", "StateFolder", "enroll"]
