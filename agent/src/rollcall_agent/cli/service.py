"""The verb that has the system start the agent by itself: installed and taken out by software that asks nobody."""

import argparse
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from rollcall_agent.config import AgentSettings, read_token
from rollcall_agent.enrollment import Preparation, StateFolder
from rollcall_agent.errors import ConfigError, PostponedError, ServiceError
from rollcall_agent.obstacles import explain_error
from rollcall_agent.resident.identity import join
from rollcall_agent.sources.registry import this_system
from rollcall_agent.sources.system import SystemService

LOG, LOG_BYTES_MAX = "agent.log", 1 << 20


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments. A token comes in a file: the arguments of a program can be read by every user."""
    deeds = parser.add_subparsers(dest="deed", metavar="install|uninstall|run", required=True)
    install = deeds.add_parser("install", help="start the agent now and at every start; again: an upgrade")
    install.add_argument("--url", help="the collector's address, where the device is not enrolled yet")
    install.add_argument("--token-file", type=Path, help="a file with the enrollment token")
    install.add_argument("--ca-file", type=Path, help="check the collector against this certificate authority alone")
    uninstall = deeds.add_parser("uninstall", help="end it, and throw identity and reports away")
    uninstall.add_argument("--keep-state", action="store_true", help="keep identity and reports")
    deeds.add_parser("run", help="what the system starts")


def run(args: argparse.Namespace, settings: AgentSettings) -> int:
    """Install, take out, or live as the service. Raises ServiceError, ConfigError or EnrollmentError."""
    service = this_system().service
    if service is None:
        raise ServiceError("this system needs no word to its service manager: see 'service' in the agent's README")
    match args.deed:
        case "install":
            _install(args, settings, service)
        case "uninstall":
            service.uninstall()
            if not args.keep_state:
                shutil.rmtree(settings.state.path, ignore_errors=True)
        case _:
            _serve(settings, service)
    return 0


def _install(args: argparse.Namespace, settings: AgentSettings, service: SystemService) -> None:
    """Enroll where that is not done, then install. A collector that is away for now is no obstacle."""
    if args.url is not None and not settings.state.is_taken:
        service.uninstall()  # an agent that waits for its collector holds the folder
        _enroll(args, settings)
    state = str(settings.state.path.absolute())
    service.install([sys.executable, "-I", "-m", "rollcall_agent.cli", "service", "--state", state, "run"])


def _enroll(args: argparse.Namespace, settings: AgentSettings) -> None:
    if args.token_file is None:
        raise ConfigError("a device is enrolled with a token: name the file with --token-file")
    token, system = read_token(args.token_file), this_system()
    with system.hold(settings.state.path):
        try:
            join(settings.state, system, system.host(), url=args.url, token=token, ca_file=args.ca_file)
        except (PostponedError, OSError) as error:
            why = explain_error(error, now=system.moment().now) if isinstance(error, OSError) else error
            settings.state.prepare(Preparation(url=args.url, token=token, ca_file=args.ca_file))
            print(f"installed; it enrolls once the collector is there: {why}", file=sys.stderr)


def _serve(settings: AgentSettings, service: SystemService) -> None:
    """What Windows starts has no streams: its log is a file of the state folder, begun anew when it is long."""
    from rollcall_agent.resident.sleep import Waking  # noqa: PLC0415  # installing does not sleep

    folder: StateFolder = settings.state
    folder.path.mkdir(parents=True, exist_ok=True)
    log = folder.path / LOG
    is_long = log.exists() and log.stat().st_size > LOG_BYTES_MAX
    sys.stderr = log.open("w" if is_long else "a", encoding="utf-8", buffering=1)  # as long as it lives
    waking = Waking()
    waking.start()
    prepared = replace(settings, is_supervised=True, preparation=folder.prepared() or settings.preparation)

    def live() -> None:
        from rollcall_agent.cli.run import live_on  # noqa: PLC0415  # Windows waits for its answer: the rest comes later

        live_on(prepared, waking)

    service.serve(waking, live)
