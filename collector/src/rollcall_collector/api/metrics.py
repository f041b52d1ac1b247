"""Writes the collector's own numbers as Prometheus reads them; all are read from the store, whoever wrote them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from rollcall_collector.api.http.services import Services
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.health import count_publishers, last_heard, read_size
from rollcall_collector.store.parts.mirror import read_mirror
from rollcall_collector.store.parts.runs import PartRun, list_parts
from rollcall_collector.store.parts.share import read_service
from rollcall_collector.store.publishers.bridge_checks import CheckedBridge, list_bridges
from rollcall_collector.store.publishers.sources import count_sources
from rollcall_collector.store.refusals import count_refusals


@dataclass(frozen=True, kw_only=True, slots=True)
class Metric:
    """One number: its name without the prefix, its labels, and what it is."""

    name: str
    help: str
    value: float
    labels: Mapping[str, str]
    kind: Literal["gauge", "counter"]


def write_metrics(services: Services) -> str:
    """Everything, in the text form 0.0.4."""
    told: dict[str, list[Metric]] = {}
    refused = count_refusals(services.engine, Scope.all())
    with services.engine.connect() as connection:
        for metric in _read(services, connection):
            told.setdefault(metric.name, []).append(metric)
    for reason, count in refused.items():
        metric = _gauge("quarantined_reports", count, "Refused reports that are kept to be looked at.", reason=reason)
        told.setdefault(metric.name, []).append(metric)
    return "".join(line + "\n" for name, metrics in told.items() for line in _lines(name, metrics))


def _read(services: Services, connection: Connection) -> Iterator[Metric]:
    now = services.clock()
    yield _gauge("build_version", 1, "The release, as a label.", version=services.version)
    yield _gauge("ready", not services.store_trouble(), "1 where the store takes what is written.")
    for run in list_parts(connection, "job/"):
        yield from _job(run)
    for run in list_parts(connection, "ingest/"):
        yield from _ingest(run)
    service = read_service(connection, now)
    for shares, is_served in ((service.served, True), (service.unserved, False)):
        for share in shares:
            words = "1 where somebody hears the devices of the share."
            yield _gauge("ingest_served", is_served, words, share=str(share))
    yield from _mirror(connection, now)
    yield from _publishers(connection, now)
    heard_at = last_heard(connection, Scope.all())
    if heard_at is not None:
        seconds = max(0.0, (now - heard_at).total_seconds())
        yield _gauge("last_report_seconds", seconds, "How long ago any device was heard.")
    yield _gauge("database_bytes", read_size(connection), "The size of the store.")


def _publishers(connection: Connection, now: datetime) -> Iterator[Metric]:
    for state, count in count_publishers(connection, Scope.all()).items():
        yield _gauge("publishers", count, "Publishers that may speak, by what they said of themselves.", state=state)
    for bridge in list_bridges(connection, Scope.all()):
        yield from _bridge(bridge, now)
    for field, state in (("sources", "works"), ("permissions_missing", "not_permitted")):
        for source, count in count_sources(connection, field).items():
            yield _gauge("source_devices", count, "Devices by source of facts.", source=source, state=state)


def _bridge(bridge: CheckedBridge, now: datetime) -> Iterator[Metric]:
    labels = {"bridge": bridge.name, "platform": bridge.platform or ""}
    yield _gauge("bridge_up", bridge.state == "ready", "1 where the bridge is connected.", **labels)
    if bridge.last_heard_at is not None:
        seconds = max(0.0, (now - bridge.last_heard_at).total_seconds())
        yield _gauge("bridge_silent_seconds", seconds, "Since when the bridge said nothing.", **labels)
    if bridge.checked_at is not None:
        is_well = not any(check.is_fault for check in bridge.checks)
        words = "1 where the bridge found nothing wrong with its service and its rounds."
        yield _gauge("bridge_success", is_well, words, **labels)
        words = "When the bridge said last how it stands."
        yield _gauge("bridge_checked_timestamp_seconds", bridge.checked_at.timestamp(), words, **labels)
    if bridge.round_seconds is not None:
        words = "How long the bridge's last whole round took."
        yield _gauge("bridge_round_seconds", bridge.round_seconds, words, **labels)


def _job(run: PartRun) -> Iterator[Metric]:
    name = run.part.removeprefix("job/")  # not `job`: Prometheus calls what it scrapes so
    yield _gauge("job_success", not run.trouble, "1 where the job's last run went well.", name=name)
    yield _gauge("job_seconds", run.told["seconds"], "How long the job's last run took.", name=name)
    yield _gauge("job_ended_timestamp_seconds", run.noted_at.timestamp(), "When the job's last run ended.", name=name)


_INGEST = {
    "messages": "Messages that were taken in.",
    "kept": "Reports that were kept.",
    "repeated": "Reports that were kept already.",
    "refused": "Reports and messages that were refused.",
    "busy_seconds": "Seconds spent with keeping.",
    "delayed": "Reports whose delay is summed up.",
    "delay_seconds": "Seconds from a report's recording on its device until it was kept, summed up.",
}


def _ingest(run: PartRun) -> Iterator[Metric]:
    share = run.part.removeprefix("ingest/")
    for name, words in _INGEST.items():
        yield _counter(f"ingest_{name}_total", run.told.get(name, 0), words, share=share)
    yield _gauge("ingest_noted_timestamp_seconds", run.noted_at.timestamp(), "When ingest spoke last.", share=share)


def _mirror(connection: Connection, now: datetime) -> Iterator[Metric]:
    found = read_mirror(connection, now)
    if found is None:
        return
    state, waiting = found.state, found.waiting
    yield _gauge("mirror_success", not state.trouble, "1 where the last try to write to the mirror went well.")
    yield _gauge("mirror_waiting_lines", waiting.lines, "Lines that wait for the mirror.")
    yield _gauge("mirror_waiting_bytes", waiting.size_bytes, "Bytes that wait for the mirror.")
    lag = found.lag_seconds(now)
    yield _gauge("mirror_lag_seconds", lag, "How old the oldest fact is that has not arrived in the mirror.")
    yield _counter("mirror_sent_lines_total", state.sent_lines, "Lines that arrived in the mirror.")
    yield _counter("mirror_refused_lines_total", state.refused_lines, "Lines that the mirror refused for good.")
    yield _counter("mirror_dropped_lines_total", state.dropped_lines, "Lines that had to make room.")


def _gauge(metric: str, value: float, words: str, **labels: str) -> Metric:
    return Metric(name=metric, help=words, value=value, labels=labels, kind="gauge")


def _counter(name: str, value: float, words: str, **labels: str) -> Metric:
    return Metric(name=name, help=words, value=value, labels=labels, kind="counter")


def _lines(name: str, metrics: list[Metric]) -> Iterator[str]:
    yield f"# HELP rollcall_{name} {metrics[0].help}"
    yield f"# TYPE rollcall_{name} {metrics[0].kind}"
    for one in metrics:
        labels = ",".join(f'{label}="{_escape(value)}"' for label, value in one.labels.items())
        yield (
            f"rollcall_{name}{{{labels}}} {float(one.value)!r}" if labels else f"rollcall_{name} {float(one.value)!r}"
        )


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
