"""Brings lines to InfluxDB in order: by halves where they are too many, and around a line that nobody takes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rollcall_collector.errors import CollectorError
from rollcall_collector.mirror.answers import Answer, NotNow, Refused, Taken, TooLarge

LINES_MAX = 5_000
"""What InfluxDB advises for one request."""
PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds between two tries; the last for ever."""
CANARY = ("mirror,kind=collector alive=1i",)
"""Where the first line is refused and this one too, it is not the lines' fault."""


class NotNowError(CollectorError):
    """InfluxDB took no more for now: what was brought before stands, and may be brought again without harm."""

    def __init__(self, answer: NotNow) -> None:
        way_out = f": {answer.way_out}" if answer.way_out else ""
        super().__init__(f"{answer.trouble}{way_out}")
        self.answer = answer

    def pause_seconds(self, tries: int) -> float:
        """How long to wait after so many tries: as InfluxDB asks, a second at least, or ever longer."""
        asked = self.answer.wait_seconds
        return PAUSES[min(tries, len(PAUSES) - 1)] if asked is None else max(asked, PAUSES[0])


@dataclass(kw_only=True, slots=True)
class Delivered:
    """How many lines arrived and how many were refused for good; `said` is the last word about a refused one."""

    taken: int = 0
    refused: int = 0
    said: str = ""


class Delivery:
    """Writes by `write`, which puts all lines it is given into one request."""

    def __init__(self, write: Callable[[Sequence[str]], Answer]) -> None:
        self._write = write
        self._lines_max = LINES_MAX

    def deliver(self, lines: Sequence[str]) -> Delivered:
        """Bring all of them, in order. Raises NotNowError where InfluxDB does not take any more now."""
        found = Delivered()
        self._bring_all(lines, found)
        return found

    def _bring_all(self, lines: Sequence[str], found: Delivered) -> None:
        start = 0
        while start < len(lines):
            some = lines[start : start + self._lines_max]
            if self._bring(some, found):
                start += len(some)

    def _bring(self, lines: Sequence[str], found: Delivered) -> bool:
        """Bring these in one request, or those that can be; false where fewer are to be tried."""
        match self._write(lines):
            case Taken(refused=refused, said=said):
                found.taken += len(lines) - refused
                found.refused += refused
                found.said = said or found.said
            case TooLarge(said=said) if len(lines) > 1:
                self._lines_max = len(lines) // 2
                return False
            case TooLarge(said=said) | Refused(said=said) if len(lines) == 1:
                if found.taken == 0 and found.refused == 0:
                    self.probe()
                found.refused += 1
                found.said = said
            case TooLarge() | Refused():
                middle = len(lines) // 2
                self._bring_all(lines[:middle], found)
                self._bring_all(lines[middle:], found)
            case NotNow() as answer:
                raise NotNowError(answer)
        return True

    def probe(self) -> None:
        """Bring one line without a fault. Raises NotNowError where even that is not taken."""
        match self._write(CANARY):
            case Refused(said=said) | TooLarge(said=said):
                way_out = "mend mirror.url, mirror.org and mirror.bucket"
                raise NotNowError(NotNow(trouble=f"InfluxDB refuses every line: {said}", way_out=way_out))
            case NotNow() as answer:
                raise NotNowError(answer)
            case Taken():
                return
