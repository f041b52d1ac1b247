"""Tells this very machine from others: only to it may anything go that is not encrypted."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether nobody else can be behind this name or address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
