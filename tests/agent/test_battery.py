"""Batteries as kernels in the wild tell of them."""

from pathlib import Path

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


def test_a_charge_without_a_voltage_is_no_energy(tmp_path: Path) -> None:
    found = vitals(
        tmp_path,
        {f"{BAT}/BAT1/type": "Battery", f"{BAT}/BAT1/capacity": "50", f"{BAT}/BAT1/charge_full": "3500000"},
    )

    assert found.battery_full_wh is None
    assert found.battery_level_percent == 50.0
    assert found.is_charging is None


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
