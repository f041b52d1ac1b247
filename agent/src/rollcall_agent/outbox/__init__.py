"""Reports not yet acknowledged: one SQLite file that outlives power cuts and a summer without network."""

from rollcall_agent.outbox.limits import AGE_DAYS_MAX, BYTES_MAX
from rollcall_agent.outbox.queue import Outbox
from rollcall_agent.outbox.rows import Fact

__all__ = ["AGE_DAYS_MAX", "BYTES_MAX", "Fact", "Outbox"]
