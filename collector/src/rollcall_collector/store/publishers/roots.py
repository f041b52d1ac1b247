"""Finds what a device's silence hangs on: the bridges that alone tell of it, and when one of them was heard last."""

from collections.abc import Collection

from sqlalchemy import Select, Subquery, case, func, select

from rollcall_collector.store.tables import device_publishers, devices, publishers


def bridge_roots(cart_keys: Collection[int] | None = None) -> Subquery:
    """Of all devices, or of those in these carts, by `device`.

    `heard_us` is when one of its bridges was heard last, `is_connected` 1 where one is now. A device that speaks for
    itself has no root. A bridge that was never heard has `heard_us` NULL.
    """
    speak = select(publishers.c.device).where(publishers.c.device.is_not(None))
    is_connected = case((publishers.c.state == "ready", 1), else_=0)
    found = (
        select(
            device_publishers.c.device,
            func.max(publishers.c.last_heard_us).label("heard_us"),
            func.max(is_connected).label("is_connected"),
        )
        .join(publishers, publishers.c.publisher == device_publishers.c.publisher)
        .where(publishers.c.device.is_(None), device_publishers.c.device.not_in(speak))
        .group_by(device_publishers.c.device)
    )
    if cart_keys is not None:
        mine = select(devices.c.device).where(devices.c.cart.in_(cart_keys))
        found = found.where(device_publishers.c.device.in_(mine))
    return found.subquery()


def lost_with_bridge(since_us: int) -> Select[tuple[int]]:
    """Devices that are silent since then because their bridges are: that is told of the bridge, once."""
    roots = bridge_roots()
    return select(roots.c.device).where(roots.c.is_connected == 0, func.coalesce(roots.c.heard_us, 0) < since_us)
