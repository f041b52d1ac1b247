"""`rollcall enroll-token`: makes the words with which devices join the fleet, lists them, and takes them back."""

import argparse
from datetime import UTC, datetime

from rollcall_collector.cli.parts.verb import Verb
from rollcall_collector.config import CollectorSettings
from rollcall_collector.identity.tokens import DAYS, create_token, list_tokens, revoke_token, token_id
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.database import migrate, open_database
from rollcall_collector.store.instants import from_us
from rollcall_wire.codes import PLATFORMS


def _configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    create = actions.add_parser("create", help="make a token and show it once")
    create.add_argument("--site", required=True, metavar="NAME", help="the site its devices belong to")
    create.add_argument("--create-site", metavar="ZONE", help="make the site if it is new, in this zone")
    create.add_argument("--uses", type=_at_least_one, default=1, metavar="N", help="how many devices (default: 1)")
    create.add_argument("--expires", type=_at_least_one, default=DAYS, metavar="DAYS", help=f"(default: {DAYS})")
    create.add_argument("--platform", choices=PLATFORMS, help="for a bridge: the platform it may speak for")
    actions.add_parser("list", help="show the tokens there are, without their words")
    revoke = actions.add_parser("revoke", help="let nobody enroll with a token any more")
    revoke.add_argument("id", metavar="ID", help="as 'list' shows it")


def _run(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    settings.folder.mkdir(parents=True, exist_ok=True)
    engine = open_database(settings.database_url)
    try:
        migrate(engine)
        match chosen.action:
            case "create":
                token = create_token(
                    engine,
                    Scope.all(),
                    site=chosen.site,
                    now=datetime.now(UTC),
                    uses=chosen.uses,
                    days=chosen.expires,
                    platform=chosen.platform,
                    zone=chosen.create_site,
                )
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
    finally:
        engine.dispose()
    return 0


def _print_token(token: str, chosen: argparse.Namespace, settings: CollectorSettings) -> None:
    address = settings.web.public_url or f"http://{settings.web.host}:{settings.web.port}"
    print(
        f"token for {chosen.site}, {chosen.uses} use(s), {chosen.expires} days; it is shown only now:\n\n  {token}\n"
    )
    if chosen.platform:
        print(f"It enrolls a bridge that may speak for {chosen.platform} devices. On the bridge's machine:\n")
    else:
        print("On the device:\n")
    print(f"  rollcall-agent enroll {address}\n\nand give it the token when it asks.")


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


VERBS: tuple[Verb, ...] = (
    Verb(name="enroll-token", help="make, list and revoke enrollment tokens", configure=_configure, run=_run),
)
