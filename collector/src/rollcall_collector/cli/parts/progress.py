"""Shows whoever watches how far long work is: one line on stderr that rewrites itself, on a terminal only."""

import sys

_BAR = 30


def show_progress(what: str, done: int, all_of_it: int) -> None:
    """Say that so much of all of it is done; without an amount only what is being done."""
    if not sys.stderr.isatty():
        return
    filled = _BAR * done // all_of_it if all_of_it else 0
    share = f" {'█' * filled}{'░' * (_BAR - filled)} {done:,} of {all_of_it:,}" if all_of_it else " …"
    end = "\n" if all_of_it and done >= all_of_it else ""
    print(f"\r\033[K{what}{share}", end=end, file=sys.stderr, flush=True)
