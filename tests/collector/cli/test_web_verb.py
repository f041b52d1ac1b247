"""`rollcall web` serves the pages from its own process, on a free port if its own is taken, and ends on SIGTERM."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from rollcall_collector.cli.web import VERBS, beside_a_broker
from rollcall_collector.config import CollectorSettings

RUN = """
import argparse, sys
from rollcall_collector.cli.web import VERBS
from rollcall_collector.config import read_settings
verb = next(one for one in VERBS if one.name == sys.argv[1])
parser = argparse.ArgumentParser()
verb.configure(parser)
sys.exit(verb.run(parser.parse_args([]), read_settings(None)))
"""


def test_the_pages_are_served_on_another_port_if_theirs_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        settings = {"ROLLCALL_FOLDER": str(tmp_path), "ROLLCALL_WEB__PORT": str(taken)}
        with subprocess.Popen(
            [sys.executable, "-c", RUN, "web"], env=os.environ | settings, stdout=subprocess.PIPE, text=True
        ) as program:
            assert program.stdout is not None
            said = re.search(r"http://127\.0\.0\.1:(\d+)", program.stdout.readline())
            assert said is not None

            answer = httpx.get(f"{said[0]}/api/v1/health/live")
            page = httpx.get(said[0])
            program.send_signal(signal.SIGTERM)

            assert program.wait(20) == 0
    assert int(said[1]) != taken
    assert answer.json() == {"is_alive": True}
    assert (page.status_code, page.headers["location"]) == (303, "/sign-in")


@pytest.mark.parametrize(
    ("kind", "expected"), [("auto", "external"), ("mosquitto", "mosquitto"), ("embedded", "embedded")]
)
def test_serve_leaves_the_broker_to_others_unless_one_is_named(kind: str, expected: str, tmp_path: Path) -> None:
    settings = CollectorSettings.model_validate({"folder": tmp_path, "broker": {"kind": kind}})

    assert beside_a_broker(settings).broker.kind == expected
    assert {verb.name for verb in VERBS} == {"web", "serve"}
