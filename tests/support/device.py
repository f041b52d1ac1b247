"""A make-believe Linux device: a folder that looks like its root, and programs that answer as they were recorded."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter

from rollcall_agent.sources.programs import Ran
from rollcall_agent.sources.source import Host, Moment, Past, Told
from rollcall_wire import Body, Report
from rollcall_wire.encoding import encode

NOW = datetime(2026, 9, 14, 8, 5, tzinfo=UTC)
BOOT = "b" * 32
_READER: TypeAdapter[Report] = TypeAdapter(Report)


@dataclass
class Programs:
    """Answers by the first words of the command; a program without an answer is not installed. Notes what was asked."""

    answers: Mapping[str, Ran | str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __call__(self, argv: Sequence[str], *, seconds: float = 20.0) -> Ran | None:
        line = " ".join(argv)
        self.asked.append(line)
        found = next((answer for start, answer in self.answers.items() if line.startswith(start)), None)
        return Ran(status=0, output=found) if isinstance(found, str) else found


def device(
    root: Path,
    files: Mapping[str, str | bytes] | None = None,
    *,
    links: Mapping[str, str] | None = None,
    programs: Callable[..., Ran | None] | None = None,
    marks: Mapping[str, str] | None = None,
) -> Host:
    """A device with these files and symbolic links below its root."""
    for name, content in (files or {}).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    for name, target in (links or {}).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (root / target).mkdir(parents=True, exist_ok=True)
        path.symlink_to(root / target)
    return Host(root=root, run=programs or Programs(), recall=(marks or {}).get)


def past(
    marks: Mapping[str, str] | None = None,
    *,
    boot_id: str = BOOT,
    now: datetime = NOW,
    awake: float = 600.0,
    since_boot: float = 600.0,
    is_asked_anew: bool = False,
) -> Past:
    """The past of a look at a school morning, ten minutes after the start."""
    return Past(
        moment=Moment(now=now, awake_seconds=awake, since_boot_seconds=since_boot),
        boot_id=boot_id,
        recall=(marks or {}).get,
        is_asked_anew=is_asked_anew,
    )


def mark_of(told: Told) -> str:
    """The mark that a source left."""
    assert told.mark is not None
    return told.mark


def check_on_wire(*bodies: Body) -> None:
    """The collector would take these bodies."""
    for seq, body in enumerate(bodies, 1):
        _READER.validate_json(encode(Report(seq=seq, device_id="d-0123456789ab", recorded_at=NOW, body=body)))
