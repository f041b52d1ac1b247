"""Lets in who came from the provider: the role map gives the role, or nothing does and nobody is kept."""

from datetime import datetime, timedelta

from sqlalchemy import Engine

from rollcall_collector.identity.credentials import digest, new_secret
from rollcall_collector.identity.people import NAME_MAX
from rollcall_collector.identity.sign_in.flow import Returned
from rollcall_collector.identity.sign_in.grant import grant, shown_by
from rollcall_collector.identity.sign_in.kind import Account
from rollcall_collector.identity.sign_in.refusal import SignInRefusedError
from rollcall_collector.store.instants import to_us
from rollcall_collector.store.sign_in import accounts as store
from rollcall_collector.store.sign_in.rules import list_rules
from rollcall_collector.store.sign_in.sessions import NewSession

PROVIDER_SESSION = timedelta(hours=12)
"""What the provider took away holds at the next sign-in: so that comes at least once a day."""


def enter(engine: Engine, arrived: Returned, *, browser: str, now: datetime) -> str:
    """The secret of a new session. Raises SignInRefusedError; who has no role leaves no row."""
    secret = new_secret()
    account = arrived.account
    with engine.connect() as connection:
        granted = grant(list_rules(connection), shown_by(account))
    outcome = store.enter_by_account(
        engine,
        issuer=account.issuer,
        subject=account.subject,
        name=_name(account),
        granted=granted,
        state_hash=digest(arrived.state),
        session=NewSession(
            session_hash=digest(secret),
            way="provider",
            browser=browser,
            now_us=to_us(now),
            expires_us=to_us(now + PROVIDER_SESSION),
        ),
    )
    if outcome != "in":
        raise SignInRefusedError(outcome)
    return secret


def connect_account(engine: Engine, arrived: Returned) -> bool:
    """Let this account sign in who asked for it, with the role that they have; false where it is somebody else's."""
    account = arrived.account
    return store.connect_account(engine, issuer=account.issuer, subject=account.subject, name=arrived.connects)


def _name(account: Account) -> str:
    said = "".join(letter for letter in account.name if letter.isprintable()).strip()
    return said[: NAME_MAX - 4].strip() or "somebody"
