"""How do devices come in, and who has? The exact commands; and the authority that a device is to trust."""

import hashlib
import shlex
import ssl
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from rollcall_collector.api.http.problems import ApiProblem
from rollcall_collector.api.http.session import Given, MaySeeDevices
from rollcall_collector.store.sites import list_sites
from rollcall_dashboards.pages.enroll import arrivals
from rollcall_dashboards.pages.enroll.bridges import show_bridges
from rollcall_dashboards.pages.enroll.ways import TOKEN, ways_of
from rollcall_dashboards.shared.local_address import is_this_computer, own_address
from rollcall_dashboards.shared.render import show

router = APIRouter(include_in_schema=False)


@router.get("/enroll")
def show_enroll(request: Request, services: Given, person: MaySeeDevices) -> HTMLResponse:
    """The commands, with this server's address, first site and certificate authority filled in; and who came in."""
    with services.engine.connect() as connection:
        sites = list_sites(connection, person.scope)
        bridges = show_bridges(connection, person)
    address, has_authority = own_address(request, services), services.broker.ca_pem is not None
    values = {
        "address": address,
        "ways": ways_of(address, services.version, TOKEN, has_authority=has_authority),
        "has_authority": has_authority,
        "bridges": bridges,
        "sites": [one.name for one in sites],
        "websocket_url": services.broker.websocket_url,
        "site": sites[0].name if sites else "North School",
        "is_new_site": not sites,
        "agent": agent_beside(services.command),
        "is_local": services.public_url is None and is_this_computer(request.url.hostname),
        "fingerprint": services.broker.ca_pem and fingerprint_of(services.broker.ca_pem),
        **arrivals.values_of(services, person, services.clock() - arrivals.LATELY),
    }
    return show(request, "enroll/enroll.html", values)


@router.get("/enroll/ca.pem")
def give_authority(services: Given, _person: MaySeeDevices) -> Response:
    """The certificate authority, which is no secret, for devices that do not know it yet."""
    if services.broker.ca_pem is None:
        raise ApiProblem(404, "no_authority", "There is no certificate authority here: set broker.ca_file.")
    headers = {"content-disposition": 'attachment; filename="ca.pem"'}
    return Response(services.broker.ca_pem, media_type="application/x-pem-file", headers=headers)


def agent_beside(command: str) -> str:
    """How the agent is called that was installed beside the program of this command."""
    program = next((word for word in shlex.split(command) if Path(word).name == "rollcall"), "rollcall")
    return shlex.quote(f"{program}-agent")


def fingerprint_of(pem: str) -> str | None:
    """The SHA-256 fingerprint of the first certificate, as `openssl x509 -fingerprint -sha256` prints it."""
    try:
        der = ssl.PEM_cert_to_DER_cert(pem[pem.index("-----BEGIN CERTIFICATE") :].partition("-----END")[0] + _END)
    except ValueError:
        return None
    return hashlib.sha256(der).digest().hex(":").upper()


_END = "-----END CERTIFICATE-----"
