"""Which kinds of failure are judged by comparison, and which of them by the version of the system."""

NOT_JUDGED = ("damage", "battery")
"""An accident tells of a desk and costs money; a battery has rules of its own."""


SOFTWARE = ("crash", "update")
"""Channels whose incidents are expected by the version of the system."""
