"""The committed JSON Schema files say what the dataclasses say."""

from pathlib import Path

import pytest

from rollcall_wire import Report
from rollcall_wire.explain import Field, fields_of, name_of, summary_of
from rollcall_wire.reports import KINDS, Boot, Vitals
from tests.support.schema import FOLDER, MESSAGES, path_of, schema_text


@pytest.mark.parametrize("name", MESSAGES)
def test_the_committed_schema_equals_the_dataclasses(name: str) -> None:
    assert path_of(name).read_text() == schema_text(MESSAGES[name]), "run 'make schema' and commit what it writes"


def test_no_schema_is_left_of_a_message_that_is_gone() -> None:
    assert sorted(FOLDER.iterdir()) == sorted(Path(path_of(name)) for name in MESSAGES)


@pytest.mark.parametrize("kind", [Report, *KINDS])
def test_every_field_that_leaves_a_device_has_plain_words(kind: type) -> None:
    words = [field.words for field in fields_of(kind)]

    assert all(len(one) > 4 for one in words)
    assert all(one[0].isupper() and one[-1] in ".…" for one in words)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_what_it_is(kind: type) -> None:
    assert summary_of(kind).endswith(".")
    assert name_of(kind) == kind.__name__.lower()


def test_what_may_be_missing_is_said() -> None:
    vitals, boot = fields_of(Vitals), fields_of(Boot)

    assert vitals[0] == Field(name="battery_level_percent", words="How full the battery is.", is_optional=True)
    assert all(field.is_optional for field in vitals)
    assert [field.name for field in boot if not field.is_optional] == [
        "boot_id",
        "booted_at",
        "source",
        "start_kind",
        "previous_stop",
        "stop_cause",
    ]
