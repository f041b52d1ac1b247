"""A program that moves a store as `rollcall migrate` does, and kills itself at a point that is told beforehand."""

import os
import signal
import sys

from rollcall_collector.store.database import open_database
from rollcall_collector.store.moving.move import move_store


def main(old: str, new: str, at_once: str, what: str = "", number: str = "0") -> None:
    """Move, a few rows at once; die when the move says `what` for the `number`-th time."""
    left = int(number)

    def tell(said: str, done: int, all_of_it: int) -> None:
        nonlocal left
        del done, all_of_it
        left -= said == what
        if said == what and left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    moved = move_store(open_database(old), open_database(new), tell, at_once=int(at_once))
    print(f"{sum(one.rows for one in moved.sums.values())} rows")


main(*sys.argv[1:])
