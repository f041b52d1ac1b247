"""The MQTT broker between devices and collector: Mosquitto as our child, an embedded one, or the school's own."""

from rollcall_collector.broker.choice import Broker, open_broker
from rollcall_collector.broker.embedded import EmbeddedBroker
from rollcall_collector.broker.external import ExternalBroker
from rollcall_collector.broker.listening import Login, Tls
from rollcall_collector.broker.mosquitto import MosquittoBroker, find_mosquitto
from rollcall_collector.broker.watch import CredentialWatch

__all__ = [
    "Broker",
    "CredentialWatch",
    "EmbeddedBroker",
    "ExternalBroker",
    "Login",
    "MosquittoBroker",
    "Tls",
    "find_mosquitto",
    "open_broker",
]
