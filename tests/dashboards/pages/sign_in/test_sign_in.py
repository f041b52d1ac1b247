"""A link opens the door once; opening it alone uses nothing up."""

from pathlib import Path

import httpx

from rollcall_collector.api.http.session import COOKIE_PLAIN
from rollcall_collector.identity.people import create_link
from tests.support.browsing import serving
from tests.support.fleets import seed
from tests.support.reading import client_of, heading_of


def test_a_link_signs_in_once_and_signing_out_ends_it(tmp_path: Path) -> None:
    with serving(tmp_path, is_seeded=False) as served, client_of(served, None) as client:
        link = create_link(served.engine, "Tom", seed.NOW)

        shown = client.get(f"/sign-in/{link}")
        entered = client.post("/sign-in", data={"link": link})
        inside = client.get("/").status_code
        again = httpx.post(f"{served.url}/sign-in", data={"link": link})
        left = client.post("/sign-out")
        kept = {COOKIE_PLAIN: entered.cookies[COOKIE_PLAIN]}
        outside = httpx.get(f"{served.url}/", cookies=kept).status_code

        cookie = entered.headers["set-cookie"].lower()
        assert "works once" in shown.text
        assert "no-store" in shown.headers["cache-control"]
        assert (entered.status_code, inside) == (303, 200)
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert (again.status_code, heading_of(again.text)) == (401, "This link is used up or too old")
        assert (left.status_code, outside) == (303, 303)


def test_opening_the_link_does_not_use_it_up(tmp_path: Path) -> None:
    with serving(tmp_path, is_seeded=False) as served, client_of(served, None) as client:
        link = create_link(served.engine, "Tom", seed.NOW)

        for _ in range(3):
            client.get(f"/sign-in/{link}")
        entered = client.post("/sign-in", data={"link": link})

        assert entered.status_code == 303
