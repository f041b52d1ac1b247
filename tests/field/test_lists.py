"""Lists as schools' programs really write them, read in place from beside the project."""

from datetime import date
from typing import Any

import pytest

from rollcall_collector.procurement.prices import Prices, price_replacement
from rollcall_collector.roster import read_roster
from tests.support.field_cases import broken, case_names, read_case


@pytest.mark.fixtures
@pytest.mark.parametrize("name", case_names("roster"))
def test_a_list_of_the_field_is_read_as_it_is_meant(name: str) -> None:
    case = read_case(name)

    reading = read_roster((case.folder / case.given["file"]).read_bytes())

    rows = {row.serial_number: {column: _plain(value) for column, value in row.values.items()} for row in reading.rows}
    paid = next((row.get("price") for row in rows.values()), None)
    seen = {
        "is_readable": reading.is_readable,
        "serials": list(rows),
        "rows": rows,
        "lines": [problem.line for problem in reading.problems],
        "problems": "\n".join(map(str, reading.problems)),
        "remarks": "\n".join(reading.remarks),
        "replacement": price_replacement(Prices(), platform=None, paid=paid),
    }
    assert broken(case.expected, seen) == []


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
