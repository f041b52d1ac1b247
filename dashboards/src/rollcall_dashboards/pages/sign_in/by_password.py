"""The way in by a name and a password."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from rollcall_collector.api.http.session import Given
from rollcall_collector.identity.passwords import (
    PASSWORD_MAX,
    BusyError,
    ShutError,
    WrongPasswordError,
    enter_by_password,
)
from rollcall_dashboards.pages.sign_in.door import To, browser_of, go_in, pass_turnstile, show_door
from rollcall_dashboards.shared.i18n import translate
from rollcall_dashboards.shared.wording import say_instant

router = APIRouter(include_in_schema=False)


@router.post("/sign-in/password")
def enter(
    request: Request,
    services: Given,
    name: Annotated[str, Form(max_length=100)],
    password: Annotated[str, Form(max_length=PASSWORD_MAX * 2)],
    to: To = "",
) -> Response:
    """Let in who knows the password; after too many wrong ones, only by another way for a while."""
    pass_turnstile(request, services, services.door.passwords)
    now = services.clock()
    try:
        session = enter_by_password(
            services.engine, services.door.attempts, name.strip(), password, browser=browser_of(request), now=now
        )
    except WrongPasswordError:
        trouble = translate("This name and password do not fit: try again, or ask an administrator for a link")
        return show_door(request, services, to=to, trouble=trouble, status=401)
    except ShutError as error:
        until = say_instant(error.until, services.zone, now=now)
        trouble = translate(
            "Too many wrong passwords for this name: they are tried again %(until)s. Until then come in another way: "
            "an administrator makes you a link",
            until=until,
        )
        return show_door(request, services, to=to, trouble=trouble, status=429)
    except BusyError as error:
        return show_door(request, services, to=to, trouble=translate(str(error)), status=503)
    return go_in(request, services, session, to)
