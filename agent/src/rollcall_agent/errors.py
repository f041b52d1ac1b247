"""What can go wrong in the agent, by name; each text says the way out."""


class AgentError(Exception):
    """The base of every error a caller of the agent may want to tell apart."""


class NotEnrolledError(AgentError):
    """The device has no identity yet."""

    def __init__(self) -> None:
        super().__init__("this device is not enrolled: run 'rollcall-agent enroll URL'")


class EnrollmentError(AgentError):
    """The collector did not enroll this device."""


class OutboxError(AgentError):
    """The outbox file cannot be used."""


class ConfigError(AgentError):
    """A setting that cannot be used."""
