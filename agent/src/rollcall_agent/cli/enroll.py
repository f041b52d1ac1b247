"""The verb that makes this device known to a collector."""

import argparse
import sys
from pathlib import Path

from rollcall_agent.config import AgentSettings, read_token
from rollcall_agent.errors import ConfigError, PostponedError
from rollcall_agent.obstacles import explain_error
from rollcall_agent.resident.identity import join
from rollcall_agent.sources.registry import this_system


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments. There is none for the token itself: every user of the device can read another's arguments."""
    parser.add_argument("url", help="the collector's address, such as https://rollcall.example.org")
    parser.add_argument("--token-file", type=Path, help="a file with the token; '-' reads it from standard input")
    parser.add_argument("--ca-file", type=Path, help="check the collector against this certificate authority alone")


def run(args: argparse.Namespace, settings: AgentSettings) -> int:
    """Enroll with the token from --token-file, ROLLCALL_AGENT_TOKEN(_FILE), or standard input."""
    token = token_of(args.token_file, settings)
    system = this_system()
    with system.hold(settings.state.path):
        try:
            ca_file = args.ca_file or settings.preparation.ca_file
            identity = join(settings.state, system, system.host(), url=args.url, token=token, ca_file=ca_file)
        except PostponedError as error:
            raise PostponedError(f"{error}{_about_proxy(settings)}") from error
        except OSError as error:
            why = explain_error(error, now=system.moment().now)
            raise ConfigError(f"{args.url} cannot be reached: {why}{_about_proxy(settings)}") from error
    print(f"enrolled as {identity.device_id}; start it with 'rollcall-agent run'")
    return 0


def _about_proxy(settings: AgentSettings) -> str:
    """The agent speaks MQTT, which goes through no proxy: enrolling through one would only put the trouble off."""
    if settings.proxy_variable is None:
        return ""
    return f". {settings.proxy_variable} is set, but the agent uses no proxy: it must reach the collector directly"


def token_of(token_file: Path | None, settings: AgentSettings) -> str:
    """The token, from wherever it was put. Raises ConfigError where there is none."""
    is_piped = token_file == Path("-")
    if token_file is not None and not is_piped:
        return _meant(read_token(token_file))
    if not is_piped and settings.preparation.token is not None:
        return settings.preparation.token
    if sys.stdin.isatty():
        print("the enrollment token, then Enter: ", end="", file=sys.stderr, flush=True)
    return _meant(sys.stdin.readline().strip())


def _meant(token: str) -> str:
    if not token:
        raise ConfigError("there is no token: pass it by --token-file, ROLLCALL_AGENT_TOKEN, or standard input")
    return token
