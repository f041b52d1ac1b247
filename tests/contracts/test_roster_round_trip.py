"""Whatever a list says, the list that is given back says the same."""

import shutil
from datetime import date
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rollcall_collector.model.roster import Column, RosterRow, Value
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import NewSite
from rollcall_collector.roster import export_roster, import_roster
from rollcall_collector.roster.cell_text import clean, is_no_serial, is_no_tag, says_nothing
from rollcall_collector.roster.reading import read_roster
from rollcall_collector.store.database import open_database
from rollcall_collector.store.roster import apply_roster

_ODD = (
    "=1+1",
    "-5",
    "+49",
    "@x",
    "'=x",
    "''=x",
    "-",
    "'-",
    '="7"',
    "'007",
    "007",
    "'s-Hertogenbosch",
    "Total",
    'HP 11"',
)
_ODDER = (
    '"',
    '""',
    "a,b;c|d",
    "=T(",
    "École Sud",
    "Süd\u2019s",
    "N/A-100",
    "NA123456",
    "<a>",
    "'<b>x</b>",
    "=<i>",
    "A &amp; B",
    "1.299,00",
)
_LETTERS = st.characters(categories=("L", "N", "P", "S"), include_characters=" ")
_names = (
    st.text(_LETTERS, min_size=1, max_size=20).map(clean).filter(lambda text: text.isprintable() and bool(text))
    | st.sampled_from([*_ODD, *_ODDER]).map(clean)
).filter(lambda text: not says_nothing(text))
_days = st.dates(date(1991, 1, 1), date(2100, 12, 31))
_serials = st.from_regex(r"[A-Z]{2}[0-9A-Z]{4,10}", fullmatch=True).filter(
    lambda text: not is_no_serial(text)
) | st.sampled_from(["-5F7", "'007", "0012345"])
_values: dict[Column, st.SearchStrategy[Value]] = {
    "asset_tag": _names.filter(lambda text: not is_no_tag(text)),
    "model": _names,
    "platform": st.sampled_from(["chromeos", "ipados", "windows", "macos", "linux"]),
    "manufacturer": _names,
    "site": _names,
    "purchased_on": _days,
    "price": st.integers(1, 99_999_999).map(lambda cents: cents / 100),
    "warranty_until": _days,
    "support_until": _days,
}
_rows = st.dictionaries(_serials, st.fixed_dictionaries({}, optional=_values), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(listed=_rows)
def test_a_list_given_back_says_the_same(
    listed: dict[str, dict[Column, Value]], migrated_file: Path, tmp_path: Path
) -> None:
    file = tmp_path / "store.sqlite3"
    shutil.copy(migrated_file, file)
    engine = open_database(f"sqlite:///{file}")
    rows = [RosterRow(line=2, serial_number=serial, values=values) for serial, values in listed.items()]

    with engine.begin() as connection:
        apply_roster(connection, rows, new_site=NewSite(zone="UTC"))
        text, _ = export_roster(connection, Scope.all())
    reading = read_roster(text.encode())
    again = import_roster(engine, Scope.all(), text.encode(), new_site=NewSite(zone="UTC"))
    engine.dispose()

    assert reading.problems == ()
    assert {row.serial_number: dict(row.values) for row in reading.rows} == {
        serial: {"role": "pupil", **values} for serial, values in listed.items()
    }
    assert again.changes is not None
    assert (again.changes.total, again.changes.unchanged) == (0, len(listed))
