"""Failures: of what, on which models, and which devices have most of them."""

from dashboards.grafana.board import DEVICES, MODEL_OF_DEVICE, SITE, Board, Panel, Query

_COUNT = f"sum_over_time(failure_count{SITE}[$__range])"

BOARD = Board(
    name="failures",
    title="failures",
    panels=(
        Panel(
            title="Failures a day, by channel",
            help="Single failures: the judge counts those of 72 hours as one incident.",
            shape="line",
            queries=(
                Query(
                    expr=(
                        f'sum by (channel) (label_replace(sum_over_time(failure_count{SITE}[1d]), "channel", "$1", '
                        '"kind", "([^/]+)/.*"))'
                    ),
                    legend="{{channel}}",
                ),
            ),
        ),
        Panel(
            title="What failed most",
            help="Channel and code, over the time shown.",
            shape="table",
            queries=(Query(expr=f"topk(20, sum by (kind) ({_COUNT}))", legend="{{kind}}"),),
        ),
        Panel(
            title="Failures of a hundred devices, by model",
            help="Over the time shown, unjudged: the page Models says which models are really worse, and how surely.",
            shape="bars",
            queries=(
                Query(
                    expr=(
                        f"100 * sum by (model) (sum by (device) ({_COUNT}) * {MODEL_OF_DEVICE})"
                        f" / count by (model) (topk by (device) (1, {DEVICES}))"
                    ),
                    legend="{{model}}",
                ),
            ),
        ),
        Panel(
            title="Devices with most failures",
            help="Over the time shown. Whether one fails more than its like says the page Devices.",
            shape="table",
            queries=(Query(expr=f"topk(20, sum by (device, site) ({_COUNT}))", legend="{{device}}"),),
        ),
    ),
)
