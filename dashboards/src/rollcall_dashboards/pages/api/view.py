"""What can programs ask? Every endpoint of the API, from its own description, without anything fetched elsewhere."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from rollcall_collector.api.app import API, create_api
from rollcall_collector.api.http.services import Services
from rollcall_collector.api.http.session import Given
from rollcall_dashboards.shared.render import show

router = APIRouter(include_in_schema=False)


@router.get("/api")
def show_programs(request: Request, services: Given) -> HTMLResponse:
    """The endpoints by resource: gathered once, for they change with the release alone."""
    state = request.app.state
    if not hasattr(state, "resources"):
        state.resources = _gather(services)
    return show(request, "api/api.html", {"resources": state.resources, "openapi": f"{API}/openapi.json"})


def _gather(services: Services) -> dict[str, list[dict[str, Any]]]:
    described = create_api(services).openapi()
    found: dict[str, list[dict[str, Any]]] = {}
    for path, methods in described["paths"].items():
        for method, said in methods.items():
            tag = (said.get("tags") or ["other"])[0]
            asked = [one["name"] for one in said.get("parameters", ()) if one["in"] == "query"]
            words = said.get("description", "").split("\n")[0]
            found.setdefault(tag, []).append(
                {
                    "method": method.upper(),
                    "path": f"{API}{path}",
                    "words": words,
                    "asked": asked,
                    "scope": _scope(said),
                }
            )
    return found


def _scope(said: dict[str, Any]) -> str:
    """Which scope a program's token needs for it; empty where it needs none, or no token is taken."""
    return next((scopes[0] for one in said.get("security", ()) for scopes in one.values() if scopes), "")
