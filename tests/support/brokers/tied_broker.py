"""A process that runs Mosquitto as its child, so that a test can kill it and look for the child.

Usage: python -m tests.support.brokers.tied_broker DATABASE_URL FOLDER
Prints the port, then waits to be killed.
"""

import sys
import threading
from pathlib import Path

import structlog

from rollcall_collector.broker.mosquitto import MosquittoBroker, find_mosquitto
from rollcall_collector.store.database import open_database
from tests.support.brokers.either import LOGIN


def main() -> None:
    """Run until killed."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout says the port alone
    url, folder = sys.argv[1:]
    program = find_mosquitto()
    assert program is not None
    broker = MosquittoBroker(engine=open_database(url), login=LOGIN, program=program, folder=Path(folder))
    # Not the main thread: the child must be tied to the process, not to who happened to start it.
    starter = threading.Thread(target=broker.start)
    starter.start()
    starter.join()
    print(broker.port, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
