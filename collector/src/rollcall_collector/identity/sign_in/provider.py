"""The school's provider as it is set up now: by the settings file, else by what was entered on a page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import Connection, Engine

from rollcall_collector.errors import CollectorError, FileSettingError
from rollcall_collector.identity.sign_in.kind import Kind
from rollcall_collector.identity.sign_in.registry import KINDS
from rollcall_collector.identity.sign_in.settings import SignInSettings
from rollcall_collector.store.entered_settings.entered import Entered, begin_change, keep_change, last_entered
from rollcall_collector.store.kept_settings import get_setting, put_setting

_NAME = "sign_in"
_SECRET = "sign_in.client_secret"  # noqa: S105  # the name under which it is kept, not it
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class WrongProviderError(CollectorError):
    """A provider that cannot be asked as it is set up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Provider:
    """One kind of provider, tied to this school, and as whom Rollcall is registered there."""

    kind: Kind
    pinned: str
    client_id: str
    client_secret: str = field(repr=False)

    @property
    def issuer(self) -> str:
        """Who signs its tokens."""
        return self.kind.issuer(self.pinned)


def find_provider(engine: Engine, file: SignInSettings) -> Provider | None:
    """The provider that holds now; None where none is set up. Raises SettingsError, WrongProviderError."""
    if file.kind is not None:
        return make_provider(file.kind, file.pinned, file.client_id, file.read_secret())
    with engine.connect() as connection:
        last = read_entered(connection)
        secret = get_setting(connection, _SECRET)
    if last is None or not last.values.get("kind"):
        return None
    said = last.values
    return make_provider(said["kind"], said["pinned"], said["client_id"], secret or "")


def read_entered(connection: Connection) -> Entered | None:
    """What was entered on a page last, without the secret."""
    return last_entered(connection, _NAME)


def keep_provider(
    engine: Engine, file: SignInSettings, entered: Mapping[str, str], secret: str, *, author: str, now: datetime
) -> None:
    """Keep what an administrator entered; an empty secret leaves the one before.

    An empty kind ends the sign-in by a provider. Raises FileSettingError, WrongProviderError.
    """
    if file.kind is not None:
        raise FileSettingError("sign_in")
    with engine.begin() as connection:
        begin_change(connection, _NAME)
        if entered["kind"]:
            kept = secret or get_setting(connection, _SECRET) or ""
            make_provider(entered["kind"], entered["pinned"], entered["client_id"], kept)
            put_setting(connection, _SECRET, kept)
        else:
            put_setting(connection, _SECRET, "")
        keep_change(connection, _NAME, Entered(values=dict(entered), author=author, entered_at=now))


def make_provider(kind: str, pinned: str, client_id: str, secret: str) -> Provider:
    """The provider of these values. Raises WrongProviderError naming what is missing or cannot be."""
    if kind not in KINDS:
        raise WrongProviderError(f"there is no kind of provider '{kind}': say one of {', '.join(KINDS)}")
    made = Provider(kind=KINDS[kind], pinned=pinned.strip(), client_id=client_id.strip(), client_secret=secret)
    if not made.pinned:
        raise WrongProviderError(f"what ties the sign-in to your school is missing: {made.kind.pinned_title}")
    if not made.client_id or not secret:
        raise WrongProviderError(f"client ID and client secret are missing: both stand in {made.kind.console}")
    check_address(made.issuer)
    return made


def check_address(address: str) -> None:
    """Raises WrongProviderError where an address of the provider is not one that may be asked."""
    try:
        found = urlsplit(address)
    except ValueError:
        found = urlsplit("")
    is_safe = found.scheme == "https" or (found.scheme == "http" and found.hostname in _LOOPBACK)
    if not is_safe or not found.hostname or found.username is not None:
        raise WrongProviderError(f"'{address}' is not the address of a provider: it begins with https://")
