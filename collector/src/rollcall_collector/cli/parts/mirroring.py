"""Makes what sends to the mirror, where one is wanted."""

import threading
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from rollcall_collector.config import CollectorSettings

_MEGABYTE = 1_000_000


def mirror_sender(
    settings: CollectorSettings, engine: Engine, clock: Callable[[], datetime]
) -> Callable[[threading.Event], None] | None:
    """What sends to the mirror until an event is set; None where no mirror is wanted."""
    if settings.mirror.url is None:
        return None
    # The client and what it brings weigh megabytes, and most schools have no mirror.
    from rollcall_collector.mirror.influx import Influx  # noqa: PLC0415
    from rollcall_collector.mirror.sender import Sender  # noqa: PLC0415

    influx = Influx(settings.mirror, clock)
    sender = Sender(engine, influx.write, clock, outbox_bytes=settings.mirror.outbox_megabytes * _MEGABYTE)

    def run(stop: threading.Event) -> None:
        try:
            sender.run(stop)
        finally:
            influx.close()

    return run
