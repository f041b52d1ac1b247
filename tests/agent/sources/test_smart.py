"""What disks say of themselves in other shapes than the recorded ones: warmth, bytes nobody wrote, names, SAS."""

import json
from typing import Any

import pytest

from rollcall_agent.sources.smart import Silent, Smart, parse


def answered(read: dict[str, Any], *, status: int = 0) -> Smart:
    found = parse(json.dumps({"smartctl": {"version": [7, 4], "exit_status": status}, **read}))
    assert isinstance(found, Smart)
    return found


def nvme(passed: bool = True, status: int = 0, /, **log: int) -> Smart:
    told = {
        "critical_warning": 0,
        "available_spare": 100,
        "available_spare_threshold": 10,
        "percentage_used": 3,
        "media_errors": 0,
        **log,
    }
    health = {"passed": passed, "nvme": {"value": told["critical_warning"]}}
    return answered({"smart_status": health, "nvme_smart_health_information_log": told}, status=status)


def sata(*rows: tuple[int, str, int], values: dict[int, int] | None = None, **more: Any) -> Smart:
    table = [
        {"id": number, "name": name, "value": (values or {}).get(number, 100), "raw": {"value": raw}}
        for number, name, raw in rows
    ]
    return answered({"smart_status": {"passed": True}, "ata_smart_attributes": {"table": table}, **more})


def told(disk: Smart) -> tuple[bool, bool, bool]:
    return disk.is_failing, disk.is_spare_low, disk.is_read_only


@pytest.mark.parametrize(
    ("warning", "expected"),
    [
        (0b0, (False, False, False)),
        (0b10, (False, False, False)),  # too warm
        (0b1, (False, True, False)),
        (0b11, (False, True, False)),  # too warm, and without spare
        (0b100, (True, False, False)),  # reliability degraded
        (0b110, (True, False, False)),
        (0b1000, (False, False, True)),
        (0b1_0010, (True, False, False)),  # too warm, and its power backup failed
        (0b1100_0010, (False, False, False)),  # the two highest bits are reserved
        (0xFF, (False, False, False)),  # a byte that nobody wrote
    ],
)
def test_each_bit_of_an_nvme_warning_means_its_own(warning: int, expected: tuple[bool, bool, bool]) -> None:
    disk = nvme(warning == 0, 8 if warning else 0, critical_warning=warning)

    assert told(disk) == expected


def test_a_warm_nvme_disk_of_which_only_the_health_was_read_is_not_failing() -> None:
    warm = answered({"smart_status": {"passed": False, "nvme": {"value": 2}}}, status=12)
    failing = answered({"smart_status": {"passed": False, "nvme": {"value": 4}}}, status=12)

    assert (warm.is_failing, failing.is_failing) == (False, True)


def row(number: int, name: str, failed: str, *, foretells: bool = True) -> dict[str, Any]:
    flags = {"prefailure": foretells}
    return {"id": number, "name": name, "value": 40, "when_failed": failed, "flags": flags, "raw": {"value": 60}}


@pytest.mark.parametrize(
    ("rows", "is_failing"),
    [
        ([row(190, "Airflow_Temperature_Cel", "now")], False),
        ([row(194, "Temperature_Celsius", "now"), row(5, "Reallocated_Sector_Ct", "past")], False),
        ([row(190, "Airflow_Temperature_Cel", "now"), row(5, "Reallocated_Sector_Ct", "now")], True),
        ([row(190, "Airflow_Temperature_Cel", "now", foretells=False)], True),  # then it speaks of something else
        ([row(190, "Airflow_Temperature_Cel", "past")], True),
        ([], True),
    ],
)
def test_a_warm_sata_disk_is_not_failing_and_one_that_fails_beside_it_is(
    rows: list[dict[str, Any]], is_failing: bool
) -> None:
    read = {"smart_status": {"passed": False}, "ata_smart_attributes": {"table": rows}}

    assert answered(read, status=24).is_failing is is_failing


@pytest.mark.parametrize(("asc", "ascq", "is_failing"), [(0x0B, 1, False), (0x5D, 0x10, True), (0x0B, 3, True)])
def test_a_warm_sas_disk_is_not_failing(asc: int, ascq: int, is_failing: bool) -> None:
    read = {"smart_status": {"passed": False, "scsi": {"asc": asc, "ascq": ascq}}, "scsi_grown_defect_list": 0}

    assert answered(read, status=8).is_failing is is_failing


def test_a_disk_that_says_nothing_of_warmth_fails_by_its_word() -> None:
    assert answered({"smart_status": {"passed": False}}, status=8).is_failing


@pytest.mark.parametrize(
    ("spare", "threshold", "is_low"),
    [(9, 10, True), (0, 10, True), (10, 10, False), (64, 255, False), (120, 130, False), (99, 101, False)],
)
def test_a_threshold_over_a_hundred_percent_is_none(spare: int, threshold: int, is_low: bool) -> None:
    assert nvme(available_spare=spare, available_spare_threshold=threshold).is_spare_low is is_low


@pytest.mark.parametrize(
    ("log", "wear"),
    [
        ({"percentage_used": 112}, 112.0),
        ({"percentage_used": 255}, 255.0),  # all beyond 254, as the standard says
        ({"percentage_used": 255, "available_spare": 255}, None),  # one of several bytes that nobody wrote
        ({"percentage_used": 255, "available_spare_threshold": 255}, None),
        ({"percentage_used": 7, "available_spare_threshold": 255}, 7.0),
        ({"percentage_used": 254, "available_spare": 254, "available_spare_threshold": 254}, None),
    ],
)
def test_wear_beyond_its_rated_life_is_told_and_unwritten_bytes_are_not(
    log: dict[str, int], wear: float | None
) -> None:
    assert nvme(**log).wear_percent == wear


def test_a_log_that_was_never_filled_in_lacks_no_spare() -> None:
    empty = {"available_spare": 0, "percentage_used": 0, "available_spare_threshold": 10}

    assert not nvme(**empty).is_spare_low
    assert nvme(False, 8, **empty, critical_warning=1).is_spare_low


@pytest.mark.parametrize("value", [2**32 - 1, 2**63 - 1, 2**64 - 1, 2**128 - 1])
def test_a_count_of_which_every_bit_is_set_was_never_written(value: int) -> None:
    assert nvme(media_errors=value, unsafe_shutdowns=value).counters == {}


@pytest.mark.parametrize("raw", [2**32 - 1, 2**48 - 1])
def test_an_attribute_of_which_every_bit_is_set_was_never_written(raw: int) -> None:
    assert sata((197, "Current_Pending_Sector", raw), (187, "Reported_Uncorrect", 3)).counters == {"media_errors": 3}


def test_an_attribute_s_number_counts_only_with_its_name() -> None:
    disk = sata(
        (5, "Retired_Block_Count", 3),
        (187, "Unknown_JMF_Attribute", 9),
        (197, "Not_In_Use", 7),
        (198, "Host_Reads_GiB", 4711),
        (199, "Host_Writes_GiB", 815),
    )

    assert disk.counters == {"reallocated_sectors": 3}


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (197, "Bogus_Current_Pend_Sect"),
        (197, "Total_Unc_Read_Failures"),
        (198, "Read_Sectors_Tot_Ct"),
        (5, "Unknown_Attribute"),
        (187, "Total_Unc_NAND_Reads"),
        (197, "Soft_ECC_Correction"),
        (198, "Host_Reads_32MiB"),
        (199, "Host_Writes_32MiB"),
        (5, "Unknown_SSD_Attribute"),
    ],
)
def test_a_name_that_means_something_else_is_not_measured(number: int, name: str) -> None:
    assert sata((number, name, 1)).counters == {}


@pytest.mark.parametrize(
    ("number", "name", "counter"),
    [
        (5, "Reallocated_Sector_Ct", "reallocated_sectors"),
        (5, "Reallocate_NAND_Blk_Cnt", "reallocated_sectors"),
        (187, "Reported_Uncorrect", "media_errors"),
        (187, "Uncorrectable_Error_Cnt", "media_errors"),
        (197, "Current_Pending_Sector", "pending_sectors"),
        (197, "Current_Pending_ECC_Cnt", "pending_sectors"),
        (198, "Offline_Uncorrectable", "offline_uncorrectable"),
        (199, "UDMA_CRC_Error_Count", "io_errors"),
        (199, "SATA_CRC_Error_Count", "io_errors"),
        (5, "Grown_Bad_Block_Count", "reallocated_sectors"),
        (187, "UECC_Count", "media_errors"),
        (198, "Offline_Scan_UNC_SectCt", "offline_uncorrectable"),
    ],
)
def test_the_names_that_real_disks_carry_are_known(number: int, name: str, counter: str) -> None:
    assert sata((number, name, 11)).counters == {counter: 11}


def test_a_sas_disk_s_errors_are_summed_over_reading_writing_and_verifying() -> None:
    page = {"errors_corrected_by_eccfast": 900, "total_errors_corrected": 900}
    read = {
        "smart_status": {"passed": True},
        "scsi_grown_defect_list": 4,
        "scsi_error_counter_log": {
            "read": {**page, "total_uncorrected_errors": 2},
            "write": {**page, "total_uncorrected_errors": 1},
            "verify": {**page, "total_uncorrected_errors": 0},
        },
        "scsi_percentage_used_endurance_indicator": 5,
    }

    disk = answered(read)

    assert disk.counters == {"media_errors": 3, "reallocated_sectors": 4}
    assert (disk.wear_percent, disk.is_failing) == (5.0, False)


def test_a_sas_disk_that_counts_nothing_yet_has_counted_zero() -> None:
    disk = answered({"scsi_grown_defect_list": 0, "scsi_error_counter_log": {"read": {"total_uncorrected_errors": 0}}})

    assert disk.counters == {"media_errors": 0, "reallocated_sectors": 0}


@pytest.mark.parametrize(
    ("number", "name", "value", "wear"),
    [
        (231, "SSD_Life_Left", 93, 7.0),
        (202, "Percent_Lifetime_Remain", 58, 42.0),
        (233, "Media_Wearout_Indicator", 1, 99.0),
        (177, "Wear_Leveling_Count", 81, 19.0),
        (173, "Wear_Leveling_Count", 100, 0.0),
        (177, "Wear_Range_Delta", 3, None),  # how evenly it wears, not how much
        (231, "Temperature_Celsius", 31, None),
        (248, "SSD_Remaining_Life", 90, 10.0),
        (245, "TLC_Remaining_Life", 99, 1.0),
        (169, "Total_Bad_Block_Count", 95, None),
        (248, "Flash_Writes_GiB", 90, None),
        (230, "Media_Wearout_Indicator", 1, None),  # a new disk says so
        (231, "SSD_Life_Left", 253, None),
        (231, "SSD_Life_Left", 0, None),
    ],
)
def test_a_sata_disk_s_wear_is_what_is_left_of_its_life(
    number: int, name: str, value: int, wear: float | None
) -> None:
    assert sata((number, name, 0), values={number: value}).wear_percent == wear


def test_smartctl_s_own_word_on_wear_goes_before_an_attribute() -> None:
    page = {"number": 7, "table": [{"offset": 8, "name": "Percentage Used Endurance Indicator", "value": 12}]}

    by_itself = sata((231, "SSD_Life_Left", 0), endurance_used={"current_percent": 9})
    by_statistics = sata((231, "SSD_Life_Left", 0), ata_device_statistics={"pages": [page]})

    assert (by_itself.wear_percent, by_statistics.wear_percent) == (9.0, 12.0)


@pytest.mark.parametrize(
    "said",
    [
        "smartctl 6.6 2017-11-05 r4594 [x86_64-linux] (local build)\n\n=======> UNRECOGNIZED OPTION: j\n",
        "smartctl 5.43 2012-06-30 r3573 [x86_64-linux] (local build)\n=======> INVALID ARGUMENT TO -n: standby,3\n",
        "smartctl: invalid option -- 'j'\n",
        '{"smartctl": {"exit_status": 1, "messages": [{"string": "INVALID ARGUMENT TO -n: standby,3"}]}}',
    ],
)
def test_a_smartctl_that_does_not_know_what_it_is_asked_is_too_old(said: str) -> None:
    assert parse(said) == Silent(why="too_old")


@pytest.mark.parametrize(
    "read",
    [
        {"ata_smart_attributes": {"table": {"id": 5}}},
        {"ata_smart_attributes": {"table": [7, {"id": "5", "name": 5, "raw": 1}]}},
        {"nvme_smart_health_information_log": {"critical_warning": "2", "media_errors": -1}, "smart_status": 1},
        {"scsi_error_counter_log": {"read": 3}, "scsi_grown_defect_list": "many"},
        {"smart_status": {"passed": "yes"}, "ata_device_statistics": {"pages": [{"table": None}, 3]}},
    ],
)
def test_an_answer_in_an_unknown_shape_counts_nothing_and_breaks_nothing(read: dict[str, Any]) -> None:
    disk = answered(read)

    assert (disk.counters, disk.wear_percent, told(disk)) == ({}, None, (False, False, False))
