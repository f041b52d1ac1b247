"""`rollcall enroll-token`: makes the words with which devices join the fleet, lists them, and takes them back."""

import argparse
from datetime import UTC, datetime

from rollcall_collector.cli.arguments.enroll_token import SYNTAX
from rollcall_collector.cli.parts.running import find_running
from rollcall_collector.cli.parts.site_changes import ask_about_twin
from rollcall_collector.cli.parts.store import operated_store, school_now
from rollcall_collector.cli.parts.verb import verbs_of
from rollcall_collector.config import CollectorSettings
from rollcall_collector.identity.tokens import create_token, list_tokens, revoke_token, token_id
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import from_us


def _run(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    with operated_store(settings) as engine:
        match chosen.action:
            case "create":
                with engine.connect() as connection:
                    if chosen.create_site is not None:
                        ask_about_twin(connection, chosen.site, is_new=chosen.new)
                    new_site = school_now(settings, connection).new_site
                token = create_token(
                    engine,
                    Scope.all(),
                    site=chosen.site,
                    now=datetime.now(UTC),
                    uses=chosen.uses,
                    days=chosen.expires,
                    platform=chosen.platform,
                    zone=chosen.create_site,
                    like=new_site,
                )
                if chosen.quiet:
                    print(token)
                else:
                    _print_token(token, chosen, settings)
            case "list":
                for one in list_tokens(engine, Scope.all()):
                    until = from_us(one.expires_us).date().isoformat()
                    print(
                        f"{token_id(one)}  {one.uses_left:>5} left  until {until}  {one.site_name}", one.platform or ""
                    )
            case _:
                revoke_token(engine, Scope.all(), chosen.id)
                print(f"{chosen.id} enrolls nobody any more")
    return 0


def _print_token(token: str, chosen: argparse.Namespace, settings: CollectorSettings) -> None:
    running = find_running(settings.folder)
    address = settings.web.address(None if running is None else running.url)
    print(
        f"token for {chosen.site}, {chosen.uses} use(s), {chosen.expires} days; it is shown only now:\n\n  {token}\n"
    )
    if chosen.platform:
        print(f"It enrolls a bridge that may speak for {chosen.platform} devices. On the bridge's machine:\n")
    else:
        print("On the device:\n")
    print(f"  rollcall-agent enroll {address}\n\nand give it the token when it asks.")


VERBS = verbs_of(SYNTAX, _run)
