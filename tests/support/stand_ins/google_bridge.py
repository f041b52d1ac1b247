"""The Google bridge as a program whose Google is elsewhere: the verb with that bridge registered.

Usage: python -m tests.support.stand_ins.google_bridge GOOGLE STATE google [enroll URL | --check | --places]
"""

import sys
from argparse import ArgumentParser
from pathlib import Path

from rollcall_agent.bridges.google import google_bridge
from rollcall_agent.bridges.google.service import Endpoints
from rollcall_agent.cli import bridge as verb
from rollcall_agent.config import read_settings
from rollcall_agent.errors import AgentError


def main() -> int:
    """As `rollcall-agent bridge`."""
    google, state, *rest = sys.argv[1:]
    parser = ArgumentParser()
    verb.configure(parser)
    bridge = google_bridge(Endpoints(telemetry=google, directory=google))
    try:
        return verb.run(parser.parse_args(rest), read_settings(Path(state)), bridges=(bridge,))
    except AgentError as error:
        print(f"rollcall-agent: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
