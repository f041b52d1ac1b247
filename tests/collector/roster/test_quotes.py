"""A quote that stands where it should not costs its own line at most, and that line is named."""

import random

import pytest

from rollcall_collector.roster.csv_lines import split_line, split_lines
from rollcall_collector.roster.reading import read_roster

HEAD = "Serial,Model,Site\nA1,ProBook,Hill\n"
TAIL = 'A8,ProBook,Hill\nA9,"HP, 14",Hill\n'


@pytest.mark.parametrize(
    ("line", "model"),
    [
        ('A2,"HP 11.6" G8",Hill', 'HP 11.6" G8'),
        ('A2,"HP 11.6"" G8",Hill', 'HP 11.6" G8'),
        ('A2,HP 11.6" G8,Hill', 'HP 11.6" G8'),
        ('A2,"HP 11"",Hill', 'HP 11"'),
        ('A2,11",Hill', '11"'),
        ('A2,"Big" Chromebook,Hill', '"Big" Chromebook'),
        ('A2, "HP 11" ,Hill', "HP 11"),
        ('A2,"the ""big"" one",Hill', 'the "big" one'),
        ('A2,"11.6"" and 14"" ones",Hill', '11.6" and 14" ones'),
        ('A2,="1,5",Hill', "1,5"),
        ('"A2,ProBook,Hill"', "ProBook"),
        ('"A2,""HP 11.6"""" G8"",Hill"', 'HP 11.6" G8'),
    ],
)
def test_an_inch_sign_is_read(line: str, model: str) -> None:
    reading = read_roster((HEAD + line + "\n" + TAIL).encode())

    assert [str(problem) for problem in reading.problems] == []
    assert [row.serial_number for row in reading.rows] == ["A1", "A2", "A8", "A9"]
    assert reading.rows[1].values["model"] == model


@pytest.mark.parametrize("line", ['A2,"open,Hill', 'A2,"HP 11" G8,"Hill', '"A2,ProBook,Hill'])
def test_a_quote_that_nothing_closes_costs_its_own_line(line: str) -> None:
    reading = read_roster((HEAD + line + "\n" + TAIL).encode())

    assert [problem.line for problem in reading.problems] == [3]
    assert [row.serial_number for row in reading.rows] == ["A1", "A8", "A9"]


def test_a_list_whose_every_line_stands_in_quotes_is_read() -> None:
    text = '"Serial,Model,Site"\n"A1,ProBook,Hill"\n"A2,""HP, 14"",Hill"\n'

    reading = read_roster(text.encode())

    assert reading.problems == ()
    assert [(row.serial_number, row.values["model"]) for row in reading.rows] == [("A1", "ProBook"), ("A2", "HP, 14")]


def test_a_note_over_several_lines_is_one_cell() -> None:
    text = 'Serial,Notes,Site\nA1,"first, with commas, and\nsecond, with ""quotes""\n\nlast",Hill\nA2,,Oak\n'

    reading = read_roster(text.encode())

    assert reading.problems == ()
    assert [(row.line, row.serial_number, row.values["site"]) for row in reading.rows] == [
        (2, "A1", "Hill"),
        (6, "A2", "Oak"),
    ]


def test_well_written_lines_are_read_as_the_standard_library_reads_them() -> None:
    import csv  # noqa: PLC0415  # only here
    import io  # noqa: PLC0415

    chosen = random.Random(11)
    rows = [
        ["".join(chosen.choices('ab ",\n;=', k=chosen.randrange(1, 9))).strip() + "x" for _ in range(4)]
        for _ in range(300)
    ]
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)

    found = [line[1] if isinstance(line, tuple) else None for line in split_lines(text.getvalue(), ",")]

    assert found == rows


@pytest.mark.parametrize("line", ["", '"', '""', '"""', 'a,"', ',"",', '"a"b"c', '="', '="a'])
def test_any_line_has_cells(line: str) -> None:
    assert split_line(line, ",")


def test_many_quotes_take_no_longer_than_they_are_long() -> None:
    text = "Serial,Model\n" + ('A,"' + '"' * 2_000 + "\n") * 200

    reading = read_roster(text.encode())

    assert reading.rows or reading.problems
