"""The embedded broker as a program of its own, so that a test can kill it.

Usage: python -m tests.support.brokers.embedded_broker DATABASE_URL PORT PASSWORD
"""

import sys
import threading

from rollcall_collector.broker.embedded import EmbeddedBroker
from rollcall_collector.broker.listening import Login
from rollcall_collector.store.database import open_database


def main() -> None:
    """Run until killed."""
    url, port, password = sys.argv[1:]
    broker = EmbeddedBroker(engine=open_database(url), login=Login(password=password), port=int(port))
    broker.start()
    assert broker.port == int(port)
    threading.Event().wait()


if __name__ == "__main__":
    main()
