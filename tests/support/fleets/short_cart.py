"""Takes half the devices of carts out of service, as a technician who accepts their repair does."""

from sqlalchemy import Engine

from rollcall_collector.model.device import DeviceQuery
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.carts import list_carts
from rollcall_collector.store.devices import every_device
from rollcall_collector.store.judged.flags import decide, keep_findings, list_flags
from tests.support.fleets import seed

_BROKEN = Finding(finding="failing_disk", verdict="repair", sentence="Replace the disk.", evidence={})


def make_carts_short(engine: Engine, count: int) -> list[str]:
    """So many carts with devices are short from now on; returns their names."""
    scope = Scope.all()
    with engine.begin() as connection:
        carts = [cart for cart in list_carts(connection, scope) if cart.members][:count]
        for cart in carts:
            members = list(every_device(connection, scope, DeviceQuery(cart=cart.name, site=cart.site)))
            for device in members[: len(members) // 2 + 1]:
                keep_findings(connection, device.device, (_BROKEN,), rules=("failing_disk",), now=seed.NOW)
                flags = list_flags(connection, scope, states=("open",), device=device.device)
                for flag in flags:
                    if flag.finding == _BROKEN.finding:
                        decide(connection, scope, flag.flag, "accept", author="Kim", now=seed.NOW)
    return [cart.name for cart in carts]
