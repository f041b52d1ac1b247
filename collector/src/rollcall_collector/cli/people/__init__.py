"""`rollcall people`: its arguments, the records it reads, the tables, chart and page it makes."""

from rollcall_collector.cli.people.verb import VERBS

__all__ = ["VERBS"]
