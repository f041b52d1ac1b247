"""Carts and lessons: what is ready now, what was ready while lessons were held, and what keeps the others."""

from dashboards.grafana.board import SITE, Board, Panel, Query

_NOW = "[30m]"
_SHARE = f"last_over_time(cart_ready{SITE}[15m]) / last_over_time(cart_devices{SITE}[15m])"
_IN_SCHOOL_HOURS = f"last_over_time(cart_is_lesson{SITE}[15m]) == 1"
_REASONS = {"charging": "charging", "low": "low", "missing": "missing", "out_of_service": "out of service"}

BOARD = Board(
    name="carts",
    title="carts and lessons",
    panels=(
        Panel(
            title="Ready now, by cart",
            help="Devices that can be taken to a lesson. The page Carts says each slot's reason.",
            shape="table",
            queries=(
                Query(
                    expr=f"sum by (site, kind) (last_over_time(cart_ready{SITE}{_NOW}))", legend="{{site}}: {{kind}}"
                ),
            ),
        ),
        Panel(
            title="Share ready, by cart",
            help="Ready ÷ members.",
            shape="line",
            unit="percentunit",
            queries=(Query(expr=f"sum by (site, kind) ({_SHARE})", legend="{{site}}: {{kind}}"),),
        ),
        Panel(
            title="Least ready in school hours, by cart",
            help="The lowest share of a day while school was open: a cart that falls short needs charging or devices.",
            shape="line",
            unit="percentunit",
            queries=(
                Query(
                    expr=f"min by (site, kind) (min_over_time(({_SHARE} and {_IN_SCHOOL_HOURS})[1d:10m]))",
                    legend="{{site}}: {{kind}}",
                ),
            ),
        ),
        Panel(
            title="What keeps the others",
            help="Devices of carts that are not ready, by reason.",
            shape="bars",
            queries=tuple(
                Query(expr=f"sum(last_over_time(cart_{field}{SITE}{_NOW}))", legend=words)
                for field, words in _REASONS.items()
            ),
        ),
    ),
)
