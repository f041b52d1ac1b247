"""Which lines of a list are devices, and which are titles, sums, notes, or devices that are no longer in use."""

import pytest

from rollcall_collector.roster.not_in_use import is_in_use
from rollcall_collector.roster.reading import read_roster


def _serials(text: str) -> list[str]:
    reading = read_roster(text.encode())
    assert [str(problem) for problem in reading.problems] == []
    return [row.serial_number for row in reading.rows]


@pytest.mark.parametrize(
    "title",
    [
        "Hill School device list,,\nExported 2025-08-01,,\n,,\n",
        "Inventory\n\n",
        'Devices of the "Hill" school\n"Seen by the office, 2025"\n',
        "Report: Devices,Site: Hill,Page 1\n",
    ],
)
def test_title_lines_above_the_headings_are_no_headings(title: str) -> None:
    reading = read_roster((title + "Serial Number,Asset Tag,Site\nA1,T1,Hill\n").encode())

    assert [(row.line, row.serial_number) for row in reading.rows] == [(title.count("\n") + 2, "A1")]
    assert reading.remarks[0].startswith(f"the headings stand on line {title.count(chr(10)) + 1}; above them: ")


def test_where_no_line_names_the_serial_number_the_likeliest_is_named() -> None:
    reading = read_roster(b"Hill School,,\n,,\nAsset Tag,Model,Site\nT1,ProBook,Hill\n")

    assert not reading.is_readable
    assert str(reading.problems[0]).startswith("line 3: no heading names the serial number.")


@pytest.mark.parametrize(
    "line",
    [
        "Total,,,598.00",
        "Summe,2,,598.00",
        ",Total: 2,,",
        "Grand total: 2 devices,,,",
        ",Gesamt,,",
        "Totale generale,,,598",
        "2 devices,,,",
        "Exported by Snipe-IT on 2025-08-01,,,",
        ",* broken devices are listed elsewhere,,",
        "Site,Serial,Model,Price",
        "-----,------,-----,-----",
        "(2 rows),,,",
        "Total: 2 devices,,,598.00",
        ",Number of devices: 2,,",
    ],
)
def test_sums_notes_and_repeated_headings_are_no_devices(line: str) -> None:
    reading = read_roster(f"Site,Serial,Model,Price\nHill,A1,ProBook,299\nHill,A2,ProBook,299\n{line}\n".encode())

    assert [str(problem) for problem in reading.problems] == []
    assert [row.serial_number for row in reading.rows] == ["A1", "A2"]
    assert [left.line for left in reading.left_out] == [4]
    assert "1 line left out as no device" in reading.remarks[-1]


def test_names_that_only_look_like_sums_and_gaps_are_real() -> None:
    text = (
        "Site,Serial,Model,Asset Tag,Price\nTotal,NA123456,N/A-100,Sum-7,\nNone Such School,TOTAL99,Unknown Horizons,1,\n"
        'Total,0012346,,,"1.299,00"\nHill,100234567,,,\nSumme,NULL-1,,,\n'
    )

    assert _serials(text) == ["NA123456", "TOTAL99", "0012346", "100234567", "NULL-1"]


@pytest.mark.parametrize("word", ["N/A", "n/a", "none", "NULL", "#N/A", "--", "unknown", "k.A.", "s/o", "n.v.t.", "0"])
def test_a_device_whose_serial_number_is_a_word_for_nothing_has_none(word: str) -> None:
    reading = read_roster(f"Serial Number,Asset Tag,Model\n{word},T1,ProBook\nA2,T2,ProBook\n".encode())

    assert [row.serial_number for row in reading.rows] == ["A2"]
    assert [(problem.line, problem.wrong) for problem in reading.problems] == [(2, "there is no serial number")]


@pytest.mark.parametrize(
    "word", ["To Be Filled By O.E.M.", "Default string", "System Serial Number", "0000000", "xxxxx"]
)
def test_a_firmwares_placeholder_is_no_serial_number(word: str) -> None:
    reading = read_roster(f"Serial Number,Asset Tag\n{word},T1\n".encode())

    assert reading.rows == ()
    assert [problem.line for problem in reading.problems] == [2]


@pytest.mark.parametrize(
    "word",
    [
        "N/A",
        "none",
        "#REF!",
        "?",
        "keine Angabe",
        "inconnu",
        "sin datos",
        "não disponível",
        "Unassigned",
        "Default string",
    ],
)
def test_a_word_for_nothing_leaves_what_is_known(word: str) -> None:
    reading = read_roster(
        f"Serial,Tag,Price,Warranty Expires,Site,Cart,Slot\nA1,{word},{word},{word},Hill,{word},{word}\n".encode()
    )

    assert reading.problems == ()
    assert dict(reading.rows[0].values) == {"site": "Hill"}


@pytest.mark.parametrize(
    "status",
    [
        "DEPROVISIONED",
        "DISABLED",
        "PRE_PROVISIONED",
        "Out for Repair (undeployable)",
        "Repair pool (archived)",
        "Broken - Not Fixable",
        "Not in use",
        "Recycled",
        "Nicht im Einsatz",
        "Lost/Stolen",
        "Archived",
        "in Reparatur",
        "ausgemustert",
        "En réparation",
        "Réformé",
        "Volé",
        "Buiten gebruik",
        "In riparazione",
        "Smarrito",
        "De baja",
        "Averiado",
        "Em reparação",
        "Desativado",
        "Being repaired",
        "No longer in use",
        "Returned",
        "E-waste",
        "Water damage",
        "Bereitstellung aufgehoben",
        "À réparer",
        "Da riparare",
        "Aprovisionamiento anulado",
        "Sorti d'inventaire",
    ],
)
def test_a_device_that_is_not_in_use_is_left_out_and_told(status: str) -> None:
    reading = read_roster(f"Serial,Status\nA1,{status}\nA2,In use\n".encode())

    assert [row.serial_number for row in reading.rows] == ["A2"]
    assert [(left.serial_number, left.said, left.why) for left in reading.left_out] == [("A1", status, "not in use")]
    assert reading.remarks[-1] == (
        f"1 line left out, because the list says that the device is not in use: A1 ({status}, line 2)"
    )


@pytest.mark.parametrize(
    "status",
    [
        "ACTIVE",
        "Ready (deployable)",
        "Repair pool (deployable)",
        "In use",
        "Repaired",
        "Returned to service",
        "Not lost",
        "Missing charger",
        "Einsatzbereit",
        "En service",
        "In gebruik",
        "In uso",
        "Disponible",
        "Em uso",
        "ASSIGNED",
        "No repairs needed",
        "Not lost or stolen",
        "Lost mode off",
        "Returned by student",
        "In Service",
        "Used",
        "Bereitgestellt",
        "Provisionné",
    ],
)
def test_a_device_in_use_stays(status: str) -> None:
    assert is_in_use(status) in {True, None}
    assert _serials(f"Serial,Status\nA1,{status}\n") == ["A1"]


def test_a_status_that_nobody_knows_counts_as_in_use_and_is_said() -> None:
    reading = read_roster(b"Serial,Status\nA1,Personal\nA2,Blue\nA3,Blue\n")

    assert len(reading.rows) == 3
    assert "status not known here, taken as in use: 'Personal' (1 line); 'Blue' (2 lines)" in reading.remarks


def test_a_device_that_was_given_back_says_so_by_a_day() -> None:
    reading = read_roster(
        b"serialNumber,releasedFromOrgDateTime,Deleted\nA1,2025-01-02T00:00:00Z,\nA2,,No\nA3,,2025-01-02\n"
    )

    assert [row.serial_number for row in reading.rows] == ["A2"]


def test_a_list_of_devices_none_of_which_is_in_use_is_no_list() -> None:
    reading = read_roster(b"Serial,Status\nA1,lost\n")

    assert [problem.wrong for problem in reading.problems] == ["there is no device in use below the headings"]
