"""`rollcall backtest`: its arguments, the records it reads, the tables, chart and page it makes."""

from rollcall_collector.cli.backtest.verb import VERBS

__all__ = ["VERBS"]
