"""Which kinds of providers there are: one line a kind."""

from rollcall_collector.identity.sign_in import entra, google, openid
from rollcall_collector.identity.sign_in.kind import Kind

KINDS: dict[str, Kind] = {one.KIND.name: one.KIND for one in (google, entra, openid)}
"""Every kind, in the order in which a page offers them."""
