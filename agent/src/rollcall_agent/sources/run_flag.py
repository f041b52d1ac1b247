"""Notes on the device that the agent runs and how its run ended, so that the next start knows how this one stopped."""

from collections.abc import Mapping
from typing import Any, Literal

from rollcall_agent.sources.counters import marked, marking

Flag = Literal["none", "running", "left", "stopping"]
"""What the agent last noted of a run: nothing, that it ran, that it left alone, that the whole system was stopping."""


def begun(mark: str | None, *, boot_id: str, raw_boot_id: str, is_supervised: bool) -> str:
    """The mark to keep when the agent starts: this run, and the one before. Its own restart is no new run."""
    past = marked(mark)
    this = past.get("this") or {}
    before = past.get("before") if this.get("boot") == boot_id else this or None
    run = {"boot": boot_id, "raw": raw_boot_id, "flag": "running", "is_supervised": is_supervised}
    return marking(this=run, before=before)


def finished(mark: str | None, *, is_system_stopping: bool) -> str | None:
    """The mark to keep when the agent stops. Only a stopping system makes a clean stop of the device."""
    past = marked(mark)
    if not past.get("this"):
        return None
    flag: Flag = "stopping" if is_system_stopping else "left"
    return marking(this={**past["this"], "flag": flag}, before=past.get("before"))


def run_before(mark: str | None) -> Mapping[str, Any]:
    """What is noted of the run before this start; empty on a first start."""
    found = marked(mark).get("before")
    return found if isinstance(found, dict) else {}
