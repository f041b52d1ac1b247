"""Counts what one ingest did since it started, and how long reports had waited until they were kept."""

from dataclasses import asdict, dataclass

from rollcall_collector.store.keeping import Batch


@dataclass(kw_only=True, slots=True)
class Tally:
    """Counts and sums of seconds. A delay runs from a report's recording on its device; days alone are not counted."""

    messages: int = 0
    kept: int = 0
    repeated: int = 0
    refused: int = 0
    busy_seconds: float = 0.0
    delayed: int = 0
    delay_seconds: float = 0.0

    def add(self, batch: Batch, messages: int, seconds: float) -> None:
        """Count one batch that was kept."""
        self.messages += messages
        self.kept += batch.kept
        self.repeated += batch.repeated
        self.refused += len(batch.refusals)
        self.busy_seconds += seconds
        self.delayed += batch.delayed
        self.delay_seconds += batch.delay_us / 1e6

    def told(self) -> dict[str, float]:
        """All of it by name."""
        return {name: round(value, 3) for name, value in asdict(self).items()}
