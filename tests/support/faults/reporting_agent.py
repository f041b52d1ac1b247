"""A device that reports without pause through the real outbox and courier, made to be killed.

Usage: python -m tests.support.faults.reporting_agent FOLDER HOST PORT PUBLISHER PASSWORD RATE [CA-FILE]
Stops reporting, but goes on delivering, while a file `quiet` stands in its folder.
"""

import select
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from rollcall_agent.courier import Broker, Courier, Credentials
from rollcall_agent.outbox import Outbox
from rollcall_wire import Failure


def main() -> None:
    """Report and deliver until killed."""
    folder, host, port, publisher, password, rate, *ca_file = sys.argv[1:]
    outbox = Outbox(Path(folder) / "outbox.sqlite3")
    outbox.start()
    courier = Courier(
        outbox=outbox,
        broker=Broker(host=host, port=int(port), ca_file=Path(*ca_file) if ca_file else None),
        credentials=Credentials(publisher=publisher, password=password),
        random=Random(),
        on_settings=lambda _settings: None,
    )
    courier.start(time.monotonic())
    quiet = Path(folder) / "quiet"
    pause = 1 / float(rate)
    next_report = time.monotonic()
    while True:
        utc_now = datetime.now(UTC)
        if time.monotonic() >= next_report and not quiet.exists():
            next_report = time.monotonic() + pause
            body = Failure(channel="crash", code="app_crash", occurred_at=utc_now)
            outbox.add([body], device_id=publisher, now=utc_now, hours=None)
        due = courier.step(time.monotonic(), utc_now)
        _wait(courier, max(0.001, min(due, next_report) - time.monotonic()))


def _wait(courier: Courier, seconds: float) -> None:
    connection = courier.socket()
    if connection is None:
        time.sleep(min(seconds, 0.05))
        return
    select.select([connection], [connection] if courier.wants_write() else [], [], min(seconds, 1.0))


if __name__ == "__main__":
    main()
