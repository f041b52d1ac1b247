"""Carries reports to the broker and acknowledgements back: the only room that speaks MQTT here."""

from rollcall_agent.courier.courier import Courier
from rollcall_agent.courier.session import Broker, Credentials

__all__ = ["Broker", "Courier", "Credentials"]
