"""Whom the courier trusts: the broker's own certificate authority, or this very machine."""

import ssl

from rollcall_agent.courier.session import Broker
from rollcall_agent.errors import ConfigError
from rollcall_agent.loopback import is_loopback


def tls_for(broker: Broker) -> ssl.SSLContext | None:
    """A context that trusts the broker's authority alone; None for this machine. Raises ConfigError for all else."""
    if broker.ca_file is None:
        if not is_loopback(broker.host):
            raise ConfigError(f"the broker {broker.host} is another machine: name its ca_file, for TLS")
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(broker.ca_file)
    except OSError as error:
        raise ConfigError(f"the broker's ca_file {broker.ca_file} cannot be used: {error}") from error
    return context
