"""Each kind of the field has more inputs here than its own cases: of other makers, languages, units, orders, sizes."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.field_cases import kinds
from tests.support.require import ROOT

TESTS = ROOT / "tests"
INPUTS_MIN = 2
LINUX = "agent/sources/linux"
OTHERS: dict[str, dict[str, str]] = {
    "K1": {f"{LINUX}/test_storage.py": "the_exit_status_is_a_mask_and_its_two_lowest_bits_are_no_answer"},
    "K2": {"agent/sources/test_smart.py": "each_bit_of_an_nvme_warning_means_its_own a_warm_sas_disk_is_not_failing"},
    "K3": {"agent/sources/test_smart.py": "wear_beyond_its_rated_life_is_told_and_unwritten_bytes_are_not"},
    "K4": {"agent/sources/test_smart.py": "a_name_that_means_something_else_is_not_measured"},
    "K5": {f"{LINUX}/test_storage.py": "a_sector_that_comes_and_goes_does_not_grow"},
    "K6": {
        f"{LINUX}/test_storage.py": "a_smartctl_that_breaks_off_is_named_as_such one_disk_that_hangs_costs_the_others_nothing",
        "agent/sources/test_smart.py": "a_smartctl_that_does_not_know_what_it_is_asked_is_too_old",
    },
    "K7": {f"{LINUX}/test_battery.py": "a_level_over_a_hundred_is_full_and_nonsense_is_worked_out"},
    "K8": {f"{LINUX}/test_battery.py": "a_cycle_count_that_nobody_can_reach_is_not_measured"},
    "K9": {
        f"{LINUX}/test_battery.py": "what_is_left_of_the_design_needs_no_design_voltage "
        "a_level_that_is_not_told_is_worked_out_of_charges_too"
    },
    "K10": {
        f"{LINUX}/test_battery.py": "on_mains_is_more_than_charging",
        "collector/carts/test_readiness.py": "a_device_held_at_its_limit_for_a_week_keeps_its_level",
    },
    "K11": {f"{LINUX}/test_boot.py": "firmware_that_did_not_begin_at_zero_tells_nothing"},
    "K13": {f"{LINUX}/test_boot.py": "a_target_entered_again_is_not_the_end_of_the_start"},
    "K14": {
        f"{LINUX}/test_inventory.py": "a_disk_copied_between_boards_of_one_firmware_id_is_noticed",
        "contracts/publishers/test_identities.py": "a_hardware_id_of_two_makers_names_nobody",
    },
    "K15": {"wire/test_placeholders.py": "a_placeholder_is_no_identity a_number_that_somebody_meant_is_one"},
    "K16": {
        f"{LINUX}/test_linux_sources.py": "a_pupil_s_card_is_none_of_ours_and_a_soldered_one_is "
        "the_small_areas_of_an_emmc_are_no_disks"
    },
    "K17": {
        f"{LINUX}/test_linux_sources.py": "a_pin_with_nothing_on_it_is_no_heat "
        "a_zone_of_the_board_counts_only_where_no_processor_speaks"
    },
    "K19": {
        "collector/roster/test_headings.py": "an_export_is_read_as_it_is headings_are_understood_in_seven_languages"
    },
    "K20": {"collector/roster/test_values.py": "a_day_is_read_in_every_form a_platform_is_read_with_its_version"},
    "K21": {
        "collector/roster/test_values.py": "a_word_for_nothing_names_nothing_however_it_is_written "
        "a_serial_number_that_only_looks_like_a_word_is_one"
    },
    "K22": {"collector/roster/test_values.py": "a_guarded_cell_says_what_it_guards"},
    "K23": {"collector/roster/test_values.py": "signs_that_nobody_sees_are_not_part_of_a_name"},
    "K24": {"collector/roster/test_lines.py": "title_lines_above_the_headings_are_no_headings"},
    "K25": {"collector/roster/test_values.py": "two_digits_are_a_year_that_can_be"},
    "K26": {"collector/roster/test_values.py": "a_price_of_nothing_is_not_known"},
    "K27": {"collector/roster/test_quotes.py": "an_inch_sign_is_read a_quote_that_nothing_closes_costs_its_own_line"},
    "K28": {
        "agent/test_obstacles.py": "a_certificate_that_does_not_fit_names_its_cause "
        "what_answers_in_the_collector_s_place_is_named"
    },
    "K29": {
        "contracts/publishers/test_continuity.py": "every_start_from_a_copy_that_had_told_nothing_is_noticed_too",
        "system/test_set_back_agent.py": "visits_from_a_folder_and_from_its_copy_are_both_kept",
    },
}
"""For each kind, beside its own cases: files of tests, and the tests there, each with its inputs."""


@pytest.mark.parametrize("kind", OTHERS)
def test_a_kind_has_two_more_inputs_of_other_shape(kind: str) -> None:
    inputs = {
        f"{file}::{name}": _inputs(TESTS / file, name)
        for file, names in OTHERS[kind].items()
        for name in names.split()
    }

    assert [name for name, count in inputs.items() if not count] == []
    assert sum(inputs.values()) >= INPUTS_MIN


@pytest.mark.fixtures
def test_no_kind_is_left_out() -> None:
    assert {*kinds()} - {*OTHERS} == set()


def _inputs(file: Path, name: str) -> int:
    """How many inputs the test of this name is given; none where there is no such test."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found = [one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == f"test_{name}"]
    given = [count for one in found for count in map(_given, one.decorator_list) if count]
    return max(given, default=len(found))


def _given(decorator: ast.expr) -> int:
    """The inputs of a `parametrize`; two at least where they are a name."""
    if not isinstance(decorator, ast.Call) or ast.unparse(decorator.func) != "pytest.mark.parametrize":
        return 0
    listed = decorator.args[1]
    return len(list(_elements(listed))) if isinstance(listed, ast.List) else INPUTS_MIN


def _elements(listed: ast.List | ast.Tuple) -> Iterator[ast.expr]:
    for one in listed.elts:
        is_spread = isinstance(one, ast.Starred) and isinstance(one.value, ast.List | ast.Tuple)
        yield from _elements(one.value) if is_spread else (one,)  # type: ignore[attr-defined]
