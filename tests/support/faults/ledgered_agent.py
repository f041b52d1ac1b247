"""A device that writes every fact into a ledger outside its state folder, so that somebody else can count.

Usage: python -m tests.support.faults.ledgered_agent STATE LEDGER HOST PORT PUBLISHER PASSWORD BROKER
BROKER is mosquitto, embedded, or offline. The ledger says `told N` once the outbox has fact N, `kept N` once an ack has
taken it out again. Its courier's clock runs five times as fast. It tells nothing new while `LEDGER.quiet` exists.
"""

import json
import select
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import SystemRandom

from rollcall_agent.courier import Broker, Courier, Credentials
from rollcall_agent.outbox import Outbox
from rollcall_wire import Failure

SPEED = 5.0
PAUSE_SECONDS = 0.04
EVERYTHING = 1 << 40


def serials(outbox: Outbox) -> set[int]:
    """The facts that wait."""
    waiting = outbox.after(0, bytes_max=EVERYTHING, count_max=EVERYTHING)
    bodies = [json.loads(body)["body"] for _, body in waiting]
    return {int(one["evidence"]["value"]) for one in bodies if one["kind"] == "failure"}


def now() -> float:
    """The courier's hurried clock."""
    return time.monotonic() * SPEED


def main() -> None:
    """Tell and deliver until killed."""
    state, ledger, host, port, publisher, password, kind = sys.argv[1:]
    outbox = Outbox(Path(state) / "outbox.sqlite3")
    outbox.start()
    courier = Courier(
        outbox=outbox,
        broker=Broker(host=host, port=int(port), is_modern=kind == "mosquitto"),
        credentials=Credentials(publisher=publisher, password=password),
        random=SystemRandom(),
        on_settings=lambda _settings: None,
    )
    with Path(ledger).open("a", buffering=1) as written:
        quiet = Path(f"{ledger}.quiet")
        if kind == "offline":
            while True:
                if not quiet.exists():
                    _tell(outbox, publisher, written.write)
                time.sleep(PAUSE_SECONDS)
        courier.start(now())
        _live(outbox, courier, publisher, quiet, written.write)


def _live(outbox: Outbox, courier: Courier, publisher: str, quiet: Path, write: Callable[[str], object]) -> None:
    held = serials(outbox)
    next_at = time.monotonic()
    while True:
        if time.monotonic() >= next_at and not quiet.exists():
            held.add(_tell(outbox, publisher, write))
            next_at = time.monotonic() + PAUSE_SECONDS
        due = courier.step(now(), datetime.now(UTC))
        if outbox.waiting() < len(held):
            left = serials(outbox)
            for serial in held - left:
                write(f"kept {serial}\n")
            held = left
        _wait(courier, max(0.001, min((due - now()) / SPEED, next_at - time.monotonic(), 0.05)))


def _tell(outbox: Outbox, publisher: str, write: Callable[[str], object]) -> int:
    utc_now, serial = datetime.now(UTC), SystemRandom().getrandbits(50)
    body = Failure(channel="crash", code="app_crash", occurred_at=utc_now, evidence={"value": float(serial)})
    outbox.add([body], device_id=publisher, now=utc_now, hours=None)
    write(f"told {serial}\n")
    return serial


def _wait(courier: Courier, seconds: float) -> None:
    connection = courier.socket()
    if connection is None:
        time.sleep(seconds)
        return
    select.select([connection], [connection] if courier.wants_write() else [], [], seconds)


if __name__ == "__main__":
    main()
