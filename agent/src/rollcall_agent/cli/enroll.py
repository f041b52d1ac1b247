"""The verb that makes this device known to a collector."""

import argparse
import shlex
import sys
from pathlib import Path

from rollcall_agent.config import AgentSettings, read_token
from rollcall_agent.enrollment import Identity
from rollcall_agent.errors import AlreadyHereError, ConfigError, PostponedError
from rollcall_agent.obstacles import explain_error
from rollcall_agent.resident.identity import join
from rollcall_agent.sources.registry import this_system


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments. There is none for the token itself: every user of the device can read another's arguments."""
    parser.add_argument("url", help="the collector's address, such as https://rollcall.example.org")
    parser.add_argument("--token-file", type=Path, help="a file with the token; '-' reads it from standard input")
    parser.add_argument("--again", action="store_true", help="a new password, or another collector")
    parser.add_argument("--ca-file", type=Path, help="check the collector against this certificate authority alone")


def run(args: argparse.Namespace, settings: AgentSettings) -> int:
    """Enroll with the token from --token-file, ROLLCALL_AGENT_TOKEN(_FILE), or standard input."""
    if not args.again:
        _refuse_twice(args.url, settings)
    settings = settings.of_who_lives_here()
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
    print(f"enrolled as {identity.device_id}{_site_of(identity)}; start it with 'rollcall-agent run'")
    return 0


def _refuse_twice(url: str, settings: AgentSettings) -> None:
    """Raises AlreadyHereError where the folder has an identity, or another agent of this device has one of there."""
    system = this_system()
    for folder in (settings.state, *settings.elsewhere):
        try:
            identity = folder.load() if folder.is_taken else None
        except ConfigError:
            continue
        if identity is None or not system.is_same_device(system.host(), identity.hardware):
            continue
        if folder == settings.state or identity.url == url:
            again = f"rollcall-agent enroll {url} --again --state {shlex.quote(str(folder.path))}"
            raise AlreadyHereError(device_id=identity.device_id, url=identity.url, state=folder.path, again=again)


def _site_of(identity: Identity) -> str:
    """Where it belongs, which need not be what the token was made for."""
    if identity.site is None:  # a collector that does not say
        return ""
    if identity.token_site in {None, identity.site}:
        return f" at {identity.site}"
    return f" at {identity.site}, where it was before (the token is for {identity.token_site}: move it on its page)"


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
