"""Ingest, jobs and pages of a filled district in one process, as `rollcall serve` has them, on its own school morning.

Usage: python -m tests.support.faults.served_district DATABASE BROKER_PORT
Says where its pages are and the cookie of somebody who signed in, and ends when its standard input does.
"""

import json
import sys
import time
from dataclasses import replace
from datetime import datetime, timedelta

from rollcall_collector.api.app import create_app
from rollcall_collector.api.http.server import WebServer
from rollcall_collector.api.http.session import COOKIE_PLAIN
from rollcall_collector.cli.parts.log import set_up_log
from rollcall_collector.jobs.night import Night
from rollcall_collector.jobs.settings import JobSettings
from rollcall_collector.jobs.timetable import Jobs
from rollcall_collector.store.database import open_database
from tests.support.browsing import services_for
from tests.support.fleets.seed import sign_in
from tests.support.fleets.whole_district import NOW
from tests.support.listening import listening


def main() -> None:
    """Serve until nobody holds the other end of standard input; whoever asks for a night begins it elsewhere."""
    set_up_log("console")
    database, port = sys.argv[1:]
    engine, began = open_database(database), time.monotonic()

    def clock() -> datetime:
        return NOW + timedelta(seconds=time.monotonic() - began)

    services = replace(services_for(engine), clock=clock, zone="UTC")
    server = WebServer(create_app(services), host="127.0.0.1", port=0)
    jobs = Jobs(engine, JobSettings(), clock, night=Night([sys.executable, "-c", ""], b""))
    server.start()
    jobs.start()
    with listening(engine, "127.0.0.1", int(port), clock=clock):
        cookie = f"{COOKIE_PLAIN}={sign_in(engine, 'Bea', 'admin', NOW)}"
        sys.stdout.write(json.dumps({"url": server.url, "cookie": cookie}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()
    jobs.stop()
    server.stop()
    engine.dispose()


if __name__ == "__main__":
    main()
