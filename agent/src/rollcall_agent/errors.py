"""What can go wrong in the agent, by name; each text says the way out."""

from collections.abc import Iterable


class AgentError(Exception):
    """The base of every error a caller of the agent may want to tell apart."""


class NotEnrolledError(AgentError):
    """The device has no identity yet."""

    def __init__(self) -> None:
        super().__init__("this device is not enrolled: run 'rollcall-agent enroll URL'")


class AlreadyHereError(AgentError):
    """This device is enrolled already, and a running agent may need the password that another one would replace."""

    def __init__(self, *, device_id: str | None, url: str, state: object, again: str) -> None:
        super().__init__(
            f"already here as {device_id}, enrolled at {url}; its state stands in {state}. Nothing was changed and "
            f"the token not used. For a new password stop the agent first, then: {again}"
        )


class EnrollmentError(AgentError):
    """The collector did not enroll this device, or gave a bridge no ids."""


class PostponedError(EnrollmentError):
    """Something stands between this device and the collector that may go away: asking again later may help."""


class ComeBackLaterError(PostponedError):
    """The collector is asked too much now; it takes more in so many `seconds`."""

    def __init__(self, text: str, *, seconds: float) -> None:
        super().__init__(text)
        self.seconds = seconds


class OutboxError(AgentError):
    """The outbox file cannot be used."""


class DiskError(OutboxError):
    """The disk takes nothing now: it is full or read-only, and may not stay so."""


class ConfigError(AgentError):
    """A setting that cannot be used."""


class ServiceError(AgentError):
    """The system's service manager did not do what it was asked."""


class UnknownBridgeError(AgentError):
    """No bridge of that name is built in."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        names = ", ".join(known)
        super().__init__(f"there is no bridge '{name}': {f'there are: {names}' if names else 'none is built in yet'}")


class UnknownSystemError(AgentError):
    """The agent has no sources for the system that runs here."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(
            f"the agent cannot look at a device that runs '{name}' yet: it knows {', '.join(known)}; "
            "'rollcall-agent simulate' works without"
        )
