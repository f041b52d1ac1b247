"""Start-ups by model: which start slowly, where the time goes, and which runs ended uncleanly."""

from dashboards.grafana.board import MODEL_OF_DEVICE, SITE, Board, Panel, Query

_FULL = '{site=~"$site",kind="full"}'
_MEAN = f"avg_over_time(boot_to_login_seconds{_FULL}[$__range])"
_PHASES = ("firmware", "loader", "kernel", "userspace")

BOARD = Board(
    name="starts",
    title="start-ups by model",
    panels=(
        Panel(
            title="Seconds to login by model",
            help="Full starts: the median over a model's devices, of each its mean over the time shown.",
            shape="bars",
            unit="s",
            queries=(
                Query(
                    expr=(f"quantile by (model) (0.5, max by (device) ({_MEAN}) * {MODEL_OF_DEVICE})"),
                    legend="{{model}}",
                ),
            ),
        ),
        Panel(
            title="The slowest devices",
            help="Mean seconds to login over the time shown. A device page says whether that is its model's habit.",
            shape="table",
            unit="s",
            queries=(
                Query(
                    expr=f"topk(20, max by (device, site) ({_MEAN}))",
                    legend="{{device}}",
                ),
            ),
        ),
        Panel(
            title="Where the time goes",
            help="Mean seconds of each phase, of devices that measure it.",
            shape="bars",
            unit="s",
            queries=tuple(
                Query(expr=f"avg(avg_over_time(boot_{phase}_seconds{_FULL}[$__range]))", legend=phase)
                for phase in _PHASES
            ),
        ),
        Panel(
            title="Starts a day, by kind",
            help="A full start, a fast start, a wake-up, a soft restart.",
            shape="line",
            queries=(Query(expr=f"sum by (kind) (sum_over_time(boot_count{SITE}[1d]))", legend="{{kind}}"),),
        ),
        Panel(
            title="Runs that ended uncleanly, by site",
            help="The share of a week's starts before which the device had crashed, hung or lost power.",
            shape="line",
            unit="percentunit",
            queries=(
                Query(
                    expr=(
                        f"sum by (site) (sum_over_time(boot_unclean{SITE}[7d]))"
                        f" / sum by (site) (sum_over_time(boot_count{SITE}[7d]))"
                    ),
                    legend="{{site}}",
                ),
            ),
        ),
    ),
)
