"""Tries whether the broker lets a publisher in, and leaves at once: for whoever looks for a fault."""

import time

from rollcall_agent.courier.session import CONNECT_SECONDS, Accepted, Broker, Credentials, Lost, Refused, Session
from rollcall_agent.courier.tls import tls_for


def try_sign_in(
    broker: Broker, credentials: Credentials, *, seconds: float = CONNECT_SECONDS
) -> Accepted | Refused | Lost:
    """What the broker answers. Raises OSError where it is not there, ConfigError where it would not be private.

    A name has one connection: an agent that runs under it is put out, and is back within seconds.
    """
    session = Session(broker=broker, credentials=credentials, tls=tls_for(broker), is_modern=False)
    session.open()
    until = time.monotonic() + seconds
    try:
        while (left := until - time.monotonic()) > 0:
            session.wait(left)
            for occurred in session.turn():
                if isinstance(occurred, Accepted | Refused | Lost):
                    return occurred
        return Lost(f"no answer within {seconds:.0f} seconds")
    finally:
        session.close()
