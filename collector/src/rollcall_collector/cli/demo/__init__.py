"""`rollcall demo`: everything on this machine with a make-believe district, held to what is really wrong in it."""

from rollcall_collector.cli.demo.verb import VERBS

__all__ = ["VERBS"]
