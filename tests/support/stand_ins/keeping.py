"""A fake collector as a process of its own: keeps and acknowledges, asks for vitals as it is told, says what it kept.

Usage: python -m tests.support.stand_ins.keeping HOST PORT CA_FILE PUBLISHER
A number on its standard input is sent as the minutes between vitals; it ends with its standard input.
"""

import sys
import threading
from pathlib import Path

from rollcall_wire import Settings
from tests.support.stand_ins.acknowledging import AcknowledgingCollector


def main() -> None:
    """Keep until the standard input ends."""
    host, port, ca_file, publisher = sys.argv[1:]
    done = threading.Event()
    with AcknowledgingCollector(host=host, port=int(port), ca_file=Path(ca_file)) as collector:
        threading.Thread(target=_say, args=(collector, done), daemon=True).start()
        for line in sys.stdin:
            collector.send_settings(publisher, Settings(vitals_minutes=int(line)))
        done.set()


def _say(collector: AcknowledgingCollector, done: threading.Event) -> None:
    said = -1
    while not done.wait(0.1):
        if (kept := len(collector.arrivals)) != said:
            said = kept
            print(kept, flush=True)


if __name__ == "__main__":
    main()
