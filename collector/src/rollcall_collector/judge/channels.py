"""Which kinds of failure are judged by comparison, and which of them by the version of the system."""

NOT_JUDGED = ("damage", "battery", "management")
"""An accident tells of a desk and costs money; batteries and what a service says of a device have their own rules."""


SOFTWARE = ("crash", "update")
"""Channels whose incidents are expected by the version of the system."""
