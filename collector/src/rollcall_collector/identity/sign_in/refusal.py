"""Why somebody who came from the provider is not let in; the sentence for them says the way out."""

from typing import Literal

from rollcall_collector.errors import CollectorError

Reason = Literal["state", "token", "provider", "school", "role", "removed"]
SENTENCES: dict[Reason, str] = {
    "state": "This sign-in was used before, took over ten minutes, or was begun in another browser: begin again",
    "token": "What the provider said could not be trusted, so nobody was let in: begin again, or ask an administrator",
    "provider": "The provider did not let you in: begin again there, or ask an administrator",
    "school": "This account is not of this school: sign in with your school's account",
    "role": "Rollcall is for the staff who look after this school's devices, and gives this account nothing to see",
    "removed": "An administrator of Rollcall took this account's right to look: ask them",
}


class SignInRefusedError(CollectorError):
    """Somebody is not let in. `detail` is for the log: it holds no secret and no name."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(SENTENCES[reason])
        self.reason = reason
        self.detail = detail
