"""What a check of the agent or of a bridge found: one line for a technician, with the way out where there is need."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One thing that was checked. `way_out` is empty where it is well; a missing permission is a remark, no fault."""

    subject: str
    says: str
    way_out: str = ""
    is_fault: bool = False


def fault(subject: str, says: str, way_out: str) -> Check:
    """A check that found something wrong."""
    return Check(subject=subject, says=says, way_out=way_out, is_fault=True)


def lines_of(checks: Iterable[Check]) -> list[str]:
    """The checks as lines to print."""
    lines = []
    for check in checks:
        word = "WRONG" if check.is_fault else "note " if check.way_out else "ok   "
        lines.append(f"{word}  {check.subject}: {check.says}")
        if check.way_out:
            lines.append(f"       -> {check.way_out}")
    return lines
