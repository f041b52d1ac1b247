"""Says on stderr how far a simulation is: one line that rewrites itself on a terminal, else one every ten seconds."""

import shutil
import sys

from rollcall_agent.simulator.arrivals import Arrivals
from rollcall_agent.simulator.fleet import Fleet

_WORDS_WIDTH = 80
_WIDTHS = (10, 40)
_PAUSE_SECONDS = 10.0
_LIVE_PAUSE_SECONDS = 3600.0


class Bar:
    """The line. It is written at most four times a second."""

    def __init__(self, began_at: float) -> None:
        self._began_at = began_at
        self._is_terminal = sys.stderr.isatty()
        self._next_at = began_at
        self._has_line = False
        self._pause = _PAUSE_SECONDS

    def show(self, fleet: Fleet, arrivals: Arrivals, now: float) -> None:
        """Say how far it is, if it is time to."""
        if now < self._next_at:
            return
        self._next_at = now + (0.25 if self._is_terminal else self._pause)
        told, waiting = fleet.told, fleet.waiting
        part = (fleet.count / arrivals.count) * (1 - waiting / told) if told else 0.0
        if arrivals.enrolling:
            self._write(f"enrolling: {arrivals.enrolling} to go, {now - self._began_at:.0f} s")
            return
        least, most = _WIDTHS
        width = max(least, min(most, shutil.get_terminal_size().columns - _WORDS_WIDTH))
        full = round(width * part)
        refused = f" ({fleet.refused} refused)" if fleet.refused else ""
        self._write(
            f"[{'#' * full}{'-' * (width - full)}] {fleet.count}/{arrivals.count} publishers, "
            f"{fleet.connected} connected{refused}, {told - waiting:,} of {told:,} reports acknowledged, "
            f"{now - self._began_at:.0f} s"
        )

    def calm_down(self) -> None:
        """From now on there is little to tell: a line an hour into a log is enough."""
        self._pause = _LIVE_PAUSE_SECONDS
        self._next_at += 0.0 if self._is_terminal else _LIVE_PAUSE_SECONDS

    def say(self, text: str) -> None:
        """A line that stays."""
        self.end()
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    def end(self) -> None:
        """Leave the line as it is."""
        if self._has_line and self._is_terminal:
            sys.stderr.write("\n")
        self._has_line = False

    def _write(self, line: str) -> None:
        sys.stderr.write(f"\r\x1b[K{line}" if self._is_terminal else f"{line}\n")
        sys.stderr.flush()
        self._has_line = True
