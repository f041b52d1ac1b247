"""`rollcall people`, `programs` and `audit`: who may look, how they sign in, and what they did."""

from rollcall_collector.cli.people.verb import VERBS

__all__ = ["VERBS"]
