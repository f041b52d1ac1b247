"""A real RabbitMQ with MQTT, of one node or several in one cluster: plain processes on loopback, killed as a test likes."""

import json
import os
import secrets
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.brokers.mosquitto import free_port
from tests.support.require import require
from tests.support.wait import wait_for

# One thread each that never spins: three nodes and what they serve share a machine.
_ERLANG = "+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}"
_START_SECONDS = 240
# What waits for a client lies on the node that it speaks to; with that node gone it is let in by the others only if one
# of them has it too.
_POLICY = {"vhost": "/", "name": "mqtt", "pattern": "^mqtt-subscription-", "apply-to": "queues", "priority": 0}
_DEFINITIONS = {"vhosts": [{"name": "/"}], "policies": [{**_POLICY, "definition": {"ha-mode": "all"}}]}


@dataclass
class Node:
    """One node; its MQTT port stays the same over restarts."""

    folder: Path
    name: str
    port: int
    environment: Mapping[str, str]
    program: Path
    _child: "subprocess.Popen[bytes] | None" = None

    def begin(self) -> None:
        """Start it, without waiting."""
        with (self.folder / "out").open("ab") as log:
            self._child = subprocess.Popen(
                [self.program], cwd=self.folder, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def await_ready(self) -> None:
        """Come back once it takes MQTT."""
        wait_for(self._answers, seconds=_START_SECONDS, what=f"{self.name}: {self.folder / 'out'}")

    def kill(self) -> None:
        """As a power cut does."""
        if self._child is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait(20)
            self._child = None

    def _answers(self) -> bool:
        assert self._child is not None
        if self._child.poll() is not None:
            raise AssertionError((self.folder / "out").read_text(errors="replace")[-2000:])
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False


@dataclass
class Cluster:
    """Nodes that know each other, and the program by which Erlang's nodes find each other."""

    nodes: list[Node] = field(default_factory=list)

    @property
    def ports(self) -> list[int]:
        """Where each takes MQTT."""
        return [one.port for one in self.nodes]


def asking(url: str) -> list[str]:
    """The settings of a RabbitMQ that asks the collector at this address, whose name and password are its own token."""
    questions = ("user", "vhost", "resource", "topic")
    return [
        "auth_backends.1 = http",
        "auth_http.http_method = post",
        *(f"auth_http.{one}_path = {url}/api/v1/broker/rabbitmq/{one}" for one in questions),
    ]


@contextmanager
def rabbitmq(folder: Path, *, settings: Sequence[str], count: int = 1) -> Iterator[Cluster]:
    """So many running nodes with these further settings; all gone afterwards."""
    server = require("rabbitmq")
    folder.mkdir(parents=True, exist_ok=True)
    finder = free_port()
    home = {"HOME": str(folder), "ERL_EPMD_ADDRESS": "127.0.0.1", "ERL_EPMD_PORT": str(finder)}
    (folder / "definitions.json").write_text(json.dumps(_DEFINITIONS))
    (folder / "plugins").write_text("[rabbitmq_mqtt,rabbitmq_auth_backend_http].")
    cookie = folder / ".erlang.cookie"
    cookie.write_text(secrets.token_hex(16))
    cookie.chmod(0o400)
    names = [f"rollcall{number}@localhost" for number in range(1, count + 1)]
    with subprocess.Popen(["epmd", "-address", "127.0.0.1", "-port", str(finder)], env={**os.environ, **home}) as epmd:
        known = [f"cluster_formation.classic_config.nodes.{number} = {one}" for number, one in enumerate(names, 1)]
        cluster = Cluster()
        try:
            # One after the other: those that first start at once may keep client ids in two groups instead of one.
            for name in names:
                node = _node(folder, name, {**os.environ, **home}, server, [*known, *settings])
                cluster.nodes.append(node)
                node.begin()
                node.await_ready()
            yield cluster
        finally:
            for node in cluster.nodes:
                node.kill()
            epmd.kill()


def _node(above: Path, name: str, home: Mapping[str, str], server: Path, settings: Sequence[str]) -> Node:
    folder = above / name.partition("@")[0]
    folder.mkdir()
    port = free_port()
    lines = [
        f"mqtt.listeners.tcp.1 = 127.0.0.1:{port}",
        "mqtt.allow_anonymous = false",
        "mqtt.exchange = amq.topic",
        "cluster_formation.peer_discovery_backend = classic_config",
        f"load_definitions = {above / 'definitions.json'}",
        *settings,
    ]
    (folder / "rabbitmq.conf").write_text("\n".join(lines) + "\n")
    environment = {
        **home,
        "RABBITMQ_NODENAME": name,
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(free_port()),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(above / "plugins"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": _ERLANG,
    }
    return Node(folder=folder, name=name, port=port, environment=environment, program=server)
