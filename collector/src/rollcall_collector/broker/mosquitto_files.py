"""Writes what Mosquitto reads: its settings, who may speak, and who may say what; for its eyes only."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from rollcall_collector.broker.listening import PACKET_BYTES_MAX, Tls

# One line a role, for any number of devices: `%u` is the name under which a device has signed in.
ACL = """\
user {collector}
topic readwrite rollcall/v1/#

pattern write rollcall/v1/+/%u/reports
pattern write rollcall/v1/+/%u/state
pattern read rollcall/v1/+/%u/acks
pattern read rollcall/v1/+/%u/settings
"""

# Memory only: what it loses is sent again, and a full disk cannot keep it from starting.
CONFIGURATION = """\
per_listener_settings false
persistence false
allow_anonymous false
password_file {folder}/passwords
acl_file {folder}/acl
set_tcp_nodelay true
max_inflight_messages 200
max_queued_messages 100000
max_queued_bytes 268435456
max_packet_size {packet_bytes_max}
persistent_client_expiration 1d
sys_interval 0
connection_messages false
log_dest stderr
log_timestamp false
log_type error
log_type warning
log_type notice
"""
LISTENER = """
listener {port} {host}
use_username_as_clientid true
"""


def configuration(*, folder: Path, host: str, port: int, tls: Tls | None, websocket_port: int | None = None) -> str:
    """mosquitto.conf. A client's name is its user name: no device can take over another's session."""
    text = CONFIGURATION.format(folder=folder, packet_bytes_max=PACKET_BYTES_MAX)
    private = "" if tls is None else f"certfile {tls.certificate}\nkeyfile {tls.key}\ntls_version tlsv1.2\n"
    text += LISTENER.format(port=port, host=host) + private
    if websocket_port is not None:
        text += LISTENER.format(port=websocket_port, host=host) + "protocol websockets\n" + private
    return text


def password_lines(hashes: Mapping[str, str]) -> str:
    """Mosquitto's password file."""
    return "".join(f"{name}:{secret_hash}\n" for name, secret_hash in hashes.items())


def write_private(path: Path, text: str, *, owner: tuple[int, int] | None = None) -> None:
    """Write a file that only its owner can read, in one step: a reader finds the old text or the new one."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w") as file:
            if owner is not None:
                os.fchown(descriptor, *owner)
            file.write(text)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
