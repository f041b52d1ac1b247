"""The fleet: how many devices there are and speak, of which models, and how their batteries and disks are."""

from dashboards.grafana.board import DEVICES, SITE, Board, Panel, Query

_HOLDS = (
    f"max by (device, site) (last_over_time(vitals_battery_full_wh{SITE}[7d]))"
    f" / max by (device, site) (last_over_time(vitals_battery_design_wh{SITE}[7d]))"
)
_FREE = (
    f"max by (device, site) (last_over_time(vitals_storage_free_bytes{SITE}[2d]))"
    f" / max by (device, site) (last_over_time(inventory_storage_bytes{SITE}[2d]))"
)

BOARD = Board(
    name="fleet",
    title="the fleet",
    panels=(
        Panel(
            title="Devices",
            help="Devices in use, as the school's list and their own words have them.",
            shape="number",
            queries=(Query(expr=f"count(count by (device) ({DEVICES}))"),),
        ),
        Panel(
            title="Told of themselves in the last day",
            help="Devices that sent vitals. On a school day few should be missing: see the page Devices, silent ones.",
            shape="number",
            queries=(
                Query(expr='count(count by (device) (last_over_time({__name__=~"vitals_.+",site=~"$site"}[1d])))'),
            ),
        ),
        Panel(
            title="Devices by site",
            help="Where the devices are.",
            shape="bars",
            queries=(Query(expr=f"count by (site) (count by (device, site) ({DEVICES}))", legend="{{site}}"),),
        ),
        Panel(
            title="Devices by model",
            help="The twenty models there are most of.",
            shape="table",
            queries=(
                Query(expr=f"topk(20, count by (model) (count by (device, model) ({DEVICES})))", legend="{{model}}"),
            ),
        ),
        Panel(
            title="What batteries still hold, by site",
            help="The median of full today ÷ full when new. Under 60 % a battery is due.",
            shape="line",
            unit="percentunit",
            queries=(Query(expr=f"quantile by (site) (0.5, {_HOLDS})", legend="{{site}}"),),
        ),
        Panel(
            title="Worn batteries, by site",
            help="Devices whose battery holds less than 60 % of what it held when new: see the page Replace.",
            shape="bars",
            queries=(Query(expr=f"count by (site) ({_HOLDS} < 0.6)", legend="{{site}}"),),
        ),
        Panel(
            title="Disks nearly full, by site",
            help="Devices with less than a tenth of their storage free: updates fail there first.",
            shape="bars",
            queries=(Query(expr=f"count by (site) ({_FREE} < 0.1)", legend="{{site}}"),),
        ),
    ),
)
