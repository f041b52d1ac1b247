"""A wall clock that a test sets for one program alone, by libfaketime: its other clocks go on as they are."""

from pathlib import Path

from tests.support.require import lacking

_PLACES = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib64/faketime/libfaketimeMT.so.1")


class SetClock:
    """The clock of every program that is started in `surroundings`. Skips where libfaketime is not installed."""

    def __init__(self, folder: Path) -> None:
        found = [one for place in _PLACES for one in Path("/").glob(place[1:])]
        if not found:
            lacking("libfaketime is not installed here")
        self._library = found[0]
        self._file = folder / "clock"
        self.set(0)

    @property
    def surroundings(self) -> dict[str, str]:
        """What a program must be started with to go by it."""
        return {
            "LD_PRELOAD": str(self._library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def set(self, days: float) -> None:
        """So many days ahead of the right time from now on."""
        draft = self._file.with_name("clock.new")
        draft.write_text(f"{days:+g}d\n")
        draft.replace(self._file)
