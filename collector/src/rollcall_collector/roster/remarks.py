"""Says in words how a list was understood: what was left out, what said nothing, which lines are no devices in use."""

from collections.abc import Iterator, Mapping, Sequence

from rollcall_collector.model.roster import HeadingUse, LineLeftOut
from rollcall_collector.roster.csv_lines import Line

_SHOWN = 10


def say_above(above: Sequence[Line], heading_line: int) -> Iterator[str]:
    """The title lines that stand above the headings."""
    if above:
        said = [" ".join(cell for cell in cells if cell) for _, cells in above]
        yield f"the headings stand on line {heading_line}; above them: {_some(said)}"


def say_unused(uses: Sequence[HeadingUse]) -> Iterator[str]:
    """The columns that were left out, each with the reason if there is one beside not being known."""
    unused = [use for use in uses if use.column is None]
    foreign = [use.title for use in unused if use.why == "not known here"]
    if foreign:
        yield f"not known here and left out: {', '.join(foreign)}"
    for use in unused:
        if use.why != "not known here":
            yield f"'{use.title}' is left out: {use.why}"


def say_unsaid(unsaid: Mapping[tuple[str, str], Sequence[str]]) -> Iterator[str]:
    """The filled cells that say nothing."""
    for (title, why), texts in unsaid.items():
        seen = ", ".join(f"'{text}'" for text in list(dict.fromkeys(texts))[:3])
        yield f"{title}: left open where it {why}, {seen} ({_lines(len(texts))})"


def say_statuses(unknown: Mapping[str, int]) -> Iterator[str]:
    """The statuses of which nobody here knows what they mean."""
    if unknown:
        said = _some([f"'{status}' ({_lines(count)})" for status, count in unknown.items()])
        yield f"status not known here, taken as in use: {said}"


def say_left_out(lines: Sequence[LineLeftOut]) -> Iterator[str]:
    """The lines that are no devices, and the devices that are not in use, each by its line."""
    gone = [line for line in lines if line.why == "not in use"]
    if gone:
        said = _some([f"{line.serial_number or 'no serial number'} ({line.said}, line {line.line})" for line in gone])
        yield f"{_lines(len(gone))} left out, because the list says that the device is not in use: {said}"
    others = [line for line in lines if line.why != "not in use"]
    if others:
        said = _some([f"'{line.said}' on line {line.line} is {line.why}" for line in others])
        yield f"{_lines(len(others))} left out as no device: {said}"


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count} lines"


def _some(said: Sequence[str]) -> str:
    rest = len(said) - _SHOWN
    return "; ".join(said[:_SHOWN]) + (f"; and {rest} more" if rest > 0 else "")
