"""Microsoft Graph as far as a bridge asks it: every question is held to the properties that Microsoft publishes."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rollcall_agent.bridges.vendors.graph import SCOPE
from tests.support.stand_ins.vendor_service import Asked, Reply, VendorService, vendor_service

KEY = "a-secret-of-the-app"
PUBLISHED: dict[str, Any] = json.loads(Path(__file__).with_name("graph_v1.json").read_text())
LISTS = {
    "/v1.0/deviceManagement/managedDevices": "managedDevice",
    "/v1.0/deviceManagement/userExperienceAnalyticsDeviceStartupHistory": "userExperienceAnalyticsDeviceStartupHistory",
}
_ASKED = {"$select", "$top", "$skiptoken", "$orderby"}


@dataclass
class Graph:
    """What it holds, list by list; `next_place` is where it says that the next page stands."""

    entries: dict[str, Sequence[dict[str, Any]]] = field(default_factory=dict)
    next_place: str = ""
    service: VendorService = field(default_factory=VendorService)

    @property
    def settings(self) -> dict[str, str]:
        return {
            "url": self.service.url,
            "sign_in_url": self.service.url,
            "tenant": "a-tenant",
            "client_id": "a-client",
        }

    def answer(self, asked: Asked) -> Reply:
        if asked.path == "/a-tenant/oauth2/v2.0/token":
            assert asked.method == "POST"
            assert (asked.body["grant_type"], asked.body["scope"]) == ("client_credentials", SCOPE)
            return (200, {}, {"access_token": "a-token"}) if asked.body["client_secret"] == KEY else (401, {}, {})
        assert asked.method == "GET"
        assert asked.headers["authorization"] == "Bearer a-token"
        kind = LISTS[asked.path]
        assert set(asked.query) <= _ASKED
        wanted = asked.query["$select"][0].split(",")
        assert set(wanted) <= set(PUBLISHED[kind])
        (order,) = asked.query.get("$orderby", ["id"])
        assert order in PUBLISHED[kind]
        found = [{name: one.get(name) for name in {*wanted, order}} for one in self.entries.get(kind, ())]
        found.sort(key=lambda one: str(one[order]))
        first, size = int(asked.query.get("$skiptoken", ["0"])[0]), int(asked.query["$top"][0])
        told: dict[str, Any] = {"value": found[first : first + size]}
        if first + size < len(found):
            more = f"$select={','.join(wanted)}&$top={size}&$orderby={order}&$skiptoken={first + size}"
            told["@odata.nextLink"] = f"{self.next_place}{asked.path}?{more}"
        return 200, {}, told


@contextmanager
def microsoft_graph() -> Iterator[Graph]:
    """A running one."""
    graph = Graph()
    with vendor_service(graph.answer) as graph.service:
        graph.next_place = graph.service.url
        yield graph
