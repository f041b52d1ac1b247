"""Batteries as kernels in the wild tell of them."""

from pathlib import Path

import pytest

from rollcall_agent.sources.linux.battery import SOURCE
from rollcall_wire import Vitals
from tests.support.device import check_on_wire, device, past

BAT = "sys/class/power_supply"
# node_exporter's recorded battery: 94.8 % of its design with a cycle count of 0, and a name that is not UTF-8.
RECORDED = {
    f"{BAT}/BAT0/type": "Battery\n",
    f"{BAT}/BAT0/present": "1\n",
    f"{BAT}/BAT0/capacity": "81\n",
    f"{BAT}/BAT0/status": "Discharging\n",
    f"{BAT}/BAT0/cycle_count": "0\n",
    f"{BAT}/BAT0/energy_full": "45070000\n",
    f"{BAT}/BAT0/energy_full_design": "47520000\n",
    f"{BAT}/BAT0/energy_now": "36580000\n",
    f"{BAT}/BAT0/serial_number": "38109\n",
}


def vitals(root: Path, files: dict[str, str | bytes]) -> Vitals:
    found = SOURCE.look(device(root, files), past()).vitals
    assert found is not None
    check_on_wire(found)
    return found


def test_a_cycle_count_of_zero_is_not_measured(tmp_path: Path) -> None:
    found = vitals(tmp_path, {**RECORDED, f"{BAT}/BAT0/model_name": b"LNV-45N1\xff\xfe\n"})

    assert found == Vitals(
        battery_level_percent=81.0,
        is_charging=False,
        battery_full_wh=45.07,
        battery_design_wh=47.52,
        battery_cycles=None,
    )


def test_charges_become_energies_by_the_design_voltage(tmp_path: Path) -> None:
    found = vitals(
        tmp_path,
        {
            f"{BAT}/BAT1/type": "Battery",
            f"{BAT}/BAT1/capacity": "50",
            f"{BAT}/BAT1/status": "Charging",
            f"{BAT}/BAT1/cycle_count": "212",
            f"{BAT}/BAT1/charge_full": "3500000",
            f"{BAT}/BAT1/charge_full_design": "4000000",
            f"{BAT}/BAT1/voltage_min_design": "11400000",
        },
    )

    assert (found.battery_full_wh, found.battery_design_wh) == (39.9, 45.6)
    assert (found.is_charging, found.battery_cycles) == (True, 212)


CHARGE: dict[str, str | bytes] = {
    f"{BAT}/BAT1/type": "Battery",
    f"{BAT}/BAT1/capacity": "53",
    f"{BAT}/BAT1/status": "Discharging",
    f"{BAT}/BAT1/charge_full": "2550000",
    f"{BAT}/BAT1/charge_full_design": "4790000",
}


@pytest.mark.parametrize(
    "voltage", [{}, {"voltage_now": "12180000"}, {"voltage_max_design": "7700000"}, {"voltage_now": "0"}]
)
def test_what_is_left_of_the_design_needs_no_design_voltage(voltage: dict[str, str], tmp_path: Path) -> None:
    found = vitals(tmp_path, {**CHARGE, **{f"{BAT}/BAT1/{name}": value for name, value in voltage.items()}})

    assert found.battery_full_wh is not None
    assert found.battery_design_wh is not None
    assert found.battery_full_wh / found.battery_design_wh == pytest.approx(2550 / 4790, abs=0.001)


def test_the_design_voltage_goes_before_the_one_of_the_moment(tmp_path: Path) -> None:
    volts = {f"{BAT}/BAT1/voltage_now": "12600000", f"{BAT}/BAT1/voltage_min_design": "11400000"}

    assert vitals(tmp_path, {**CHARGE, **volts}).battery_full_wh == pytest.approx(2.55 * 11.4)


def test_a_charge_without_a_voltage_and_a_design_is_no_energy(tmp_path: Path) -> None:
    found = vitals(
        tmp_path,
        {f"{BAT}/BAT1/type": "Battery", f"{BAT}/BAT1/capacity": "50", f"{BAT}/BAT1/charge_full": "3500000"},
    )

    assert found.battery_full_wh is None
    assert found.battery_level_percent == 50.0
    assert found.is_charging is None


@pytest.mark.parametrize(
    ("claimed", "level"), [("100", 100.0), ("101", 100.0), ("120", 100.0), ("0", 0.0), ("-1", 81.2), ("200", 81.2)]
)
def test_a_level_over_a_hundred_is_full_and_nonsense_is_worked_out(claimed: str, level: float, tmp_path: Path) -> None:
    assert vitals(tmp_path, {**RECORDED, f"{BAT}/BAT0/capacity": claimed}).battery_level_percent == level


def test_a_level_that_is_not_told_is_worked_out_of_charges_too(tmp_path: Path) -> None:
    files = {name: value for name, value in CHARGE.items() if "capacity" not in name}

    assert vitals(tmp_path, {**files, f"{BAT}/BAT1/charge_now": "1275000"}).battery_level_percent == 50.0


@pytest.mark.parametrize("cycles", ["-1", "65535", "32767", "4294967295", "18446744073709551615", "", "none"])
def test_a_cycle_count_that_nobody_can_reach_is_not_measured(cycles: str, tmp_path: Path) -> None:
    found = vitals(tmp_path, {**RECORDED, f"{BAT}/BAT0/cycle_count": cycles})

    assert (found.battery_cycles, found.battery_level_percent) == (None, 81.0)


@pytest.mark.parametrize(
    ("full", "design", "health"),
    [
        ("40000", "50000000", None),  # one in milliwatt-hours
        ("40000000", "50000", None),
        ("40000000", "0", None),
        ("2500000", "50000000", 0.05),  # a real one, worn out
        ("55500000", "50000000", 1.11),
    ],
)
def test_what_is_left_of_the_design_is_told_only_of_two_numbers_of_one_unit(
    full: str, design: str, health: float | None, tmp_path: Path
) -> None:
    files = {f"{BAT}/BAT0/energy_full": full, f"{BAT}/BAT0/energy_full_design": design}

    found = vitals(tmp_path, {**RECORDED, **files})

    told = (found.battery_full_wh, found.battery_design_wh)
    assert (told[0] / told[1] if told[0] and told[1] else None) == (health and pytest.approx(health))


def test_an_old_battery_s_cycles_are_told(tmp_path: Path) -> None:
    assert vitals(tmp_path, {**RECORDED, f"{BAT}/BAT0/cycle_count": "1874\n"}).battery_cycles == 1874


@pytest.mark.parametrize(
    ("status", "supplies", "expected"),
    [
        ("Full", {}, (False, True)),
        ("Not charging", {}, (False, True)),  # held at a limit that spares the battery
        ("Charging", {}, (True, True)),
        ("Discharging", {}, (False, None)),
        ("Discharging", {"AC": ("Mains", "1")}, (False, True)),  # a weak charger
        ("Full", {"AC": ("Mains", "0")}, (False, False)),  # taken off a moment ago
        ("Discharging", {"ADP1": ("Mains", "0"), "usb1": ("USB_C", "1")}, (False, True)),
        ("Unknown", {"ucsi": ("USB", "0")}, (None, False)),
        ("Charging", {"AC": ("Mains", "0")}, (True, True)),  # by a USB-C plug that no supply knows of
        ("Not charging", {"AC": ("Mains", "0")}, (False, False)),
    ],
)
def test_on_mains_is_more_than_charging(
    status: str, supplies: dict[str, tuple[str, str]], expected: tuple[bool | None, bool | None], tmp_path: Path
) -> None:
    files: dict[str, str | bytes] = {**RECORDED, f"{BAT}/BAT0/status": status}
    for name, (kind, online) in supplies.items():
        files |= {f"{BAT}/{name}/type": kind, f"{BAT}/{name}/online": online}

    found = vitals(tmp_path, files)

    assert (found.is_charging, found.is_plugged_in) == expected


def test_two_batteries_are_one_to_the_teacher(tmp_path: Path) -> None:
    second = {name.replace("BAT0", "BAT1"): value for name, value in RECORDED.items()}
    second |= {
        f"{BAT}/BAT1/energy_full": "20000000",
        f"{BAT}/BAT1/energy_now": "0",
        f"{BAT}/BAT1/status": "Charging",
        f"{BAT}/BAT1/cycle_count": "143",
    }

    found = vitals(tmp_path, {**RECORDED, **second})

    assert (found.battery_full_wh, found.battery_design_wh) == (65.07, 95.04)
    assert found.battery_level_percent == 56.2
    assert (found.is_charging, found.battery_cycles) == (True, 143)


def test_a_sum_with_an_unknown_part_is_unknown(tmp_path: Path) -> None:
    second = {f"{BAT}/BAT1/type": "Battery", f"{BAT}/BAT1/capacity": "20"}

    found = vitals(tmp_path, {**RECORDED, **second})

    assert (found.battery_full_wh, found.battery_level_percent) == (None, None)


def test_a_mouse_s_battery_and_an_empty_bay_are_none_of_ours(tmp_path: Path) -> None:
    host = device(
        tmp_path,
        {
            f"{BAT}/hidpp/type": "Battery",
            f"{BAT}/hidpp/scope": "Device",
            f"{BAT}/hidpp/capacity": "3",
            f"{BAT}/BAT1/type": "Battery",
            f"{BAT}/BAT1/present": "0",
            f"{BAT}/AC/type": "Mains",
        },
    )

    told = SOURCE.look(host, past())

    assert (told.vitals, told.has_found) == (None, False)


def test_nonsense_is_not_measured(tmp_path: Path) -> None:
    found = vitals(
        tmp_path, {**RECORDED, f"{BAT}/BAT0/capacity": "255", f"{BAT}/BAT0/energy_full": "4294967295000000"}
    )

    assert (found.battery_level_percent, found.battery_full_wh) == (None, None)
