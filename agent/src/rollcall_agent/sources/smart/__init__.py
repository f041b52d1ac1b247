"""What `smartctl -j` says of one disk: whether it fails, how worn it is, and what it has counted."""

from rollcall_agent.sources.smart.answer import Reason, Silent, Smart, parse

__all__ = ["Reason", "Silent", "Smart", "parse"]
