"""Sets up what the collector says of itself: lines for people on a console, JSON for machines."""

import logging
import sys
from typing import Literal, TextIO, cast

import structlog

from rollcall_collector.cli.parts.crowd import Crowd
from rollcall_collector.cli.parts.repeats import RepeatedLines, Repeats


class _Stderr:
    """Whatever stderr is when a line is written: loggers outlive a stream that was put in its place for a while."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def set_up_log(form: Literal["console", "json"], *, is_verbose: bool = False) -> None:
    """Write facts to stderr from now on; libraries only from warnings up; a trouble that repeats itself once a minute.

    For people on a console what comes by the hundred is one line; JSON and `is_verbose` have every line.
    """
    repeats = Repeats()
    level = logging.DEBUG if is_verbose else logging.INFO
    writer = logging.StreamHandler(sys.stderr)
    writer.addFilter(RepeatedLines(repeats))  # ours alone: who listens beside it hears every line
    logging.basicConfig(level=logging.WARNING, handlers=[writer], format="%(levelname)s %(name)s: %(message)s")
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    gathered = [] if form == "json" or is_verbose else [Crowd()]
    structlog.configure(
        processors=[
            *gathered,
            structlog.contextvars.merge_contextvars,
            repeats,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=form == "json"),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _Stderr())),
        cache_logger_on_first_use=True,
    )
