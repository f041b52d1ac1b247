"""The collector's own health, from its `/metrics`: is it ready, what does it keep, what waits, what fails."""

from dashboards.grafana.board import Board, Panel, Query

BOARD = Board(
    name="collector",
    title="the collector's own health",
    has_sites=False,
    panels=(
        Panel(
            title="Ready",
            help="0: the disk is full or the database away, and devices keep their reports until it is 1 again.",
            shape="number",
            queries=(Query(expr="min(rollcall_ready)"),),
        ),
        Panel(
            title="Reports a second",
            help="Kept, told again, and refused.",
            shape="line",
            queries=tuple(
                Query(expr=f"sum(rate(rollcall_ingest_{name}_total[5m]))", legend=name)
                for name in ("kept", "repeated", "refused")
            ),
        ),
        Panel(
            title="Delay of a report",
            help="Mean seconds from its recording on the device until it was kept: large after a holiday.",
            shape="line",
            unit="s",
            queries=(
                Query(
                    expr=(
                        "sum(rate(rollcall_ingest_delay_seconds_total[5m]))"
                        " / sum(rate(rollcall_ingest_delayed_total[5m]))"
                    ),
                    legend="delay",
                ),
            ),
        ),
        Panel(
            title="Quarantine",
            help="Refused reports by reason; 'rollcall quarantine list' shows them with the way out.",
            shape="bars",
            queries=(Query(expr="sum by (reason) (rollcall_quarantined_reports)", legend="{{reason}}"),),
        ),
        Panel(
            title="Jobs: did the last run go well",
            help="1 where it did. 'rollcall doctor' says what went wrong.",
            shape="bars",
            queries=(Query(expr="min by (name) (rollcall_job_success)", legend="{{name}}"),),
        ),
        Panel(
            title="Jobs: seconds of the last run",
            help="Judging grows with the fleet; the rest takes moments.",
            shape="line",
            unit="s",
            queries=(Query(expr="max by (name) (rollcall_job_seconds)", legend="{{name}}"),),
        ),
        Panel(
            title="Mirror: age of the oldest fact that has not arrived",
            help="Grows while InfluxDB is away; 'rollcall mirror status' says why.",
            shape="line",
            unit="s",
            queries=(Query(expr="max(rollcall_mirror_lag_seconds)", legend="lag"),),
        ),
        Panel(
            title="Mirror: lines",
            help="What waits, and what was refused or dropped for good.",
            shape="line",
            queries=(
                Query(expr="max(rollcall_mirror_waiting_lines)", legend="waiting"),
                Query(expr="max(rollcall_mirror_refused_lines_total)", legend="refused"),
                Query(expr="max(rollcall_mirror_dropped_lines_total)", legend="dropped"),
            ),
        ),
        Panel(
            title="Publishers by state",
            help="Many lost in school hours: look at the network or the broker.",
            shape="bars",
            queries=(Query(expr="sum by (state) (rollcall_publishers)", legend="{{state}}"),),
        ),
        Panel(
            title="Bridges: silent for",
            help="A bridge that says nothing for longer than its pace: 'rollcall-agent doctor' on its machine.",
            shape="line",
            unit="s",
            queries=(Query(expr="max by (bridge) (rollcall_bridge_silent_seconds)", legend="{{bridge}}"),),
        ),
        Panel(
            title="Sources that lack a permission",
            help="Devices by source of facts that could not be read there.",
            shape="bars",
            queries=(
                Query(expr='sum by (source) (rollcall_source_devices{state="not_permitted"})', legend="{{source}}"),
            ),
        ),
        Panel(
            title="The store",
            help="Bytes of the database.",
            shape="line",
            unit="bytes",
            queries=(Query(expr="max(rollcall_database_bytes)", legend="store"),),
        ),
    ),
)
