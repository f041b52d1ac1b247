"""What disks say of themselves, by recordings of real ones."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from rollcall_agent.sources.linux.storage import SOURCE
from rollcall_agent.sources.programs import LATE, Ran
from rollcall_agent.sources.smart import Silent, Smart, parse
from tests.support.device import Programs, check_on_wire, device, mark_of, past
from tests.support.require import fixtures

pytestmark = pytest.mark.fixtures
PCI = "sys/devices/pci0000:00/0000:00:17.0"
ASKED = "smartctl -j -H -A -l error -n standby,3 /dev/{}"


def recorded(name: str) -> str:
    return (fixtures() / "smartctl" / name).read_text()


def smart(name: str) -> Smart:
    found = parse(recorded(name))
    assert isinstance(found, Smart)
    return found


def disk(root: Path, output: str, name: str = "sda", wwid: str = "naa.5000") -> Programs:
    real = f"{PCI}/{name}"
    device(root, {f"{real}/size": "500118192", f"{real}/removable": "0", f"{real}/device/wwid": wwid})
    block = root / "sys/block" / name
    if not block.is_symlink():
        block.parent.mkdir(parents=True, exist_ok=True)
        block.symlink_to(root / real)
    return Programs({"smartctl": Ran(status=0, output=output)})


def test_a_dying_disk_says_so() -> None:
    found = smart("smart-fail2.json")

    assert found.is_failing
    assert found.exit_status == 216
    assert found.counters["reallocated_sectors"] == 1975
    assert found.counters["pending_sectors"] == 8


def test_passed_is_no_health() -> None:
    found = smart("smart-nvme-failed.json")

    assert not found.is_failing
    assert found.counters == {"media_errors": 7, "unsafe_shutdowns": 10}
    assert found.wear_percent == 3.0


@pytest.mark.parametrize("name", ["smart-ata.json", "smart-ata-date.json", "smart-ata-date2.json", "smart-nvme.json"])
def test_healthy_disks_are_not_failing(name: str) -> None:
    found = smart(name)

    assert (found.is_failing, found.is_spare_low, found.is_read_only) == (False, False, False)


def test_polling_s_own_error_log_entries_are_never_counted() -> None:
    read = json.loads(recorded("smart-nvme.json"))
    read["nvme_smart_health_information_log"]["num_err_log_entries"] = 1_548_554

    found = parse(json.dumps(read))

    assert isinstance(found, Smart)
    assert 1_548_554 not in found.counters.values()


@pytest.mark.parametrize(
    ("status", "is_answer"),
    [
        (0, True),
        (64, True),
        (32, True),
        (4, True),
        (12, True),
        (68, True),
        (1, False),
        (2, False),
        (3, False),
        (6, False),
    ],
)
def test_the_exit_status_is_a_mask_and_its_two_lowest_bits_are_no_answer(status: int, is_answer: bool) -> None:
    read = json.loads(recorded("smart-ata.json"))
    read["smartctl"]["exit_status"] = status

    assert isinstance(parse(json.dumps(read)), Smart) is is_answer


@pytest.mark.parametrize("name", ["smart-ata.json", "smart-nvme.json"])
def test_a_command_that_failed_costs_nothing_of_what_was_answered(name: str) -> None:
    read = json.loads(recorded(name))
    whole = parse(json.dumps(read))
    read["smartctl"]["exit_status"] = 4
    read["smartctl"]["messages"] = [{"string": "Read SMART Error Log failed: aborted command", "severity": "error"}]

    found = parse(json.dumps(read))

    assert isinstance(whole, Smart)
    assert isinstance(found, Smart)
    assert (found.counters, found.wear_percent, found.is_failing) == (whole.counters, whole.wear_percent, False)


def test_a_failed_command_with_nothing_answered_is_no_answer() -> None:
    said = {"exit_status": 4, "messages": [{"string": "Read Device Identity failed: aborted command"}]}

    assert parse(json.dumps({"smartctl": said, "device": {"type": "ata"}})) == Silent()


def test_a_dying_disk_of_which_one_command_failed_still_says_so() -> None:
    read = json.loads(recorded("smart-fail2.json"))
    read["smartctl"]["exit_status"] |= 4

    found = parse(json.dumps(read))

    assert isinstance(found, Smart)
    assert found.is_failing


@pytest.mark.parametrize("bit", [5, 6, 7])
def test_old_log_entries_are_not_a_failing_disk(bit: int) -> None:
    read = json.loads(recorded("smart-ata.json"))
    read["smartctl"]["exit_status"] = 1 << bit

    found = parse(json.dumps(read))

    assert isinstance(found, Smart)
    assert not found.is_failing


def test_raw_values_into_which_makers_pack_more_are_masked() -> None:
    read = json.loads(recorded("smart-ata.json"))
    rows = read["ata_smart_attributes"]["table"]
    rows[:] = [{"id": 5, "raw": {"value": 8_589_934_606}}, {"id": 197, "raw": {"value": 51_539_607_716}}]

    found = parse(json.dumps(read))

    assert isinstance(found, Smart)
    assert found.counters == {"reallocated_sectors": 14, "pending_sectors": 164}


@pytest.mark.parametrize("output", ["", "{", "[]", "{}", '{"smartctl": {}}', '{"smartctl": {"exit_status": "x"}}'])
def test_output_that_cannot_be_read_is_no_answer(output: str) -> None:
    assert parse(output) == Silent(why="garbled")


def test_a_refusal_names_the_permission(tmp_path: Path) -> None:
    said = {"exit_status": 2, "messages": [{"string": "Smartctl open device: /dev/sda failed: Permission denied"}]}
    host = device(tmp_path, programs=disk(tmp_path, json.dumps({"smartctl": said})))

    told = SOURCE.look(host, past())

    assert told.missing == ("storage: smartctl needs root",)
    assert (told.vitals, told.failures, told.has_found) == (None, (), False)


def test_without_smartctl_it_says_what_to_install(tmp_path: Path) -> None:
    disk(tmp_path, "")

    told = SOURCE.look(device(tmp_path), past())

    assert told.missing == ("storage: smartctl is not installed (package smartmontools)",)


def test_a_disk_that_does_not_answer_in_time_is_not_a_missing_program(tmp_path: Path) -> None:
    disk(tmp_path, "")
    slow = Programs({"smartctl": LATE})

    told = SOURCE.look(device(tmp_path, programs=slow), past())

    assert told.missing == ("storage: a disk did not answer smartctl in time",)


@pytest.mark.parametrize("output", ["", "Segmentation fault\n", '{"json_format_version": [1, 0], "smartctl": {'])
def test_a_smartctl_that_breaks_off_is_named_as_such(output: str, tmp_path: Path) -> None:
    told = SOURCE.look(device(tmp_path, programs=disk(tmp_path, output)), past())

    assert told.missing == ("storage: smartctl broke off, or its answer cannot be read",)


def test_one_disk_that_hangs_costs_the_others_nothing(tmp_path: Path) -> None:
    disk(tmp_path, "")
    disk(tmp_path, "", "nvme0n1", wwid="eui.1")
    two = Programs({ASKED.format("sda"): LATE, ASKED.format("nvme0n1"): recorded("smart-nvme-failed.json")})

    told = SOURCE.look(device(tmp_path, programs=two), past())

    assert told.vitals is not None
    assert told.vitals.media_errors == 7
    assert told.missing == ("storage: a disk did not answer smartctl in time",)


def test_a_smartctl_too_old_to_be_read_is_named(tmp_path: Path) -> None:
    old = disk(tmp_path, "smartctl 6.6 2017-11-05 r4594 [x86_64-linux]\n=======> UNRECOGNIZED OPTION: j\n")

    told = SOURCE.look(device(tmp_path, programs=old), past())

    assert told.missing == ("storage: smartctl is too old to be read, 7.0 or newer is needed",)


def test_a_sleeping_disk_lacks_nothing(tmp_path: Path) -> None:
    asleep = {"exit_status": 2, "messages": [{"string": "Device is in STANDBY mode, exit(2)"}]}

    told = SOURCE.look(device(tmp_path, programs=disk(tmp_path, json.dumps({"smartctl": asleep}))), past())

    assert (told.missing, told.vitals) == ((), None)


def sectors(number: int, name: str, values: Sequence[int], root: Path) -> list[tuple[str, int]]:
    """What is told of one attribute that is read day by day."""
    told, marks = [], dict[str, str]()
    for value in values:
        read = {"smartctl": {"exit_status": 0}, "smart_status": {"passed": True}}
        read |= {"ata_smart_attributes": {"table": [{"id": number, "name": name, "raw": {"value": value}}]}}
        found = SOURCE.look(device(root, programs=disk(root, json.dumps(read))), past(marks))
        marks["storage"] = mark_of(found)
        told += [(one.code, one.count) for one in found.failures]
    return told


@pytest.mark.parametrize(
    ("number", "name", "values", "expected"),
    [
        (197, "Current_Pending_Sector", (0, 1, 0, 1, 0, 1), [("pending_sectors", 1)]),
        (198, "Offline_Uncorrectable", (2, 0, 2, 0, 2), []),
        (197, "Current_Pending_Sector", (3, 1, 2, 5), [("pending_sectors", 2)]),
        (197, "Current_Pending_Sector", (0, 8, 16), [("pending_sectors", 8), ("pending_sectors", 8)]),
        (198, "Offline_Uncorrectable", (0, 4, 9), [("media_errors", 4), ("media_errors", 5)]),
        (5, "Reallocated_Sector_Ct", (0, 1, 3), [("reallocated_sectors", 1), ("reallocated_sectors", 2)]),
    ],
)
def test_a_sector_that_comes_and_goes_does_not_grow(
    number: int, name: str, values: Sequence[int], expected: list[tuple[str, int]], tmp_path: Path
) -> None:
    assert sectors(number, name, values, tmp_path) == expected


def test_media_errors_at_first_sight_are_told_as_vitals_and_as_a_failure_only_when_they_grow(tmp_path: Path) -> None:
    before = json.loads(recorded("smart-nvme-failed.json"))
    after = json.loads(recorded("smart-nvme-failed.json"))
    after["nvme_smart_health_information_log"]["media_errors"] = 9

    first = SOURCE.look(device(tmp_path, programs=disk(tmp_path, json.dumps(before), "nvme0n1")), past())
    marks = {"storage": mark_of(first)}
    second = SOURCE.look(device(tmp_path, programs=disk(tmp_path, json.dumps(after), "nvme0n1")), past(marks))

    assert first.vitals is not None
    assert first.vitals.media_errors == 7
    assert first.failures == ()
    check_on_wire(*second.failures)
    assert [(one.code, one.count, one.evidence) for one in second.failures] == [
        ("media_errors", 2, {"delta": 2.0, "value": 9.0})
    ]


def test_a_failing_disk_is_told_at_first_sight_and_once(tmp_path: Path) -> None:
    host = device(tmp_path, programs=disk(tmp_path, recorded("smart-fail2.json")))

    first = SOURCE.look(host, past())
    second = SOURCE.look(host, past({"storage": mark_of(first)}))
    anew = SOURCE.look(host, past({"storage": mark_of(second)}, is_asked_anew=True))

    check_on_wire(*first.failures)
    assert [(one.code, one.evidence) for one in first.failures] == [("smart_failing", {"exit_status": 216.0})]
    assert second.failures == ()
    assert [one.code for one in anew.failures] == ["smart_failing"]


def test_another_disk_in_the_same_place_is_a_new_beginning(tmp_path: Path) -> None:
    healthy = SOURCE.look(device(tmp_path, programs=disk(tmp_path, recorded("smart-ata.json"))), past())
    other = disk(tmp_path, recorded("smart-fail2.json"), wwid="naa.6000")

    told = SOURCE.look(device(tmp_path, programs=other), past({"storage": mark_of(healthy)}))

    assert [one.code for one in told.failures] == ["smart_failing"]


def test_one_disk_at_two_ages_tells_what_grew_between_them(tmp_path: Path) -> None:
    young = SOURCE.look(device(tmp_path, programs=disk(tmp_path, recorded("smart-ata-date.json"))), past())

    old = SOURCE.look(
        device(tmp_path, programs=disk(tmp_path, recorded("smart-ata-date2.json"))), past({"storage": mark_of(young)})
    )

    assert young.failures == ()
    assert sorted((one.code, one.count) for one in old.failures) == [
        ("io_error", 10),
        ("media_errors", 10),
        ("pending_sectors", 10),
        ("reallocated_sectors", 10),
    ]


def test_a_usb_stick_is_not_asked(tmp_path: Path) -> None:
    stick = "sys/devices/pci0000:00/usb1/1-1/sdb"
    device(tmp_path, {f"{stick}/size": "100", f"{stick}/removable": "0", f"{stick}/device/wwid": "x"})
    (tmp_path / "sys/block").mkdir()
    (tmp_path / "sys/block/sdb").symlink_to(tmp_path / stick)
    programs = Programs({"smartctl": recorded("smart-fail2.json")})

    told = SOURCE.look(device(tmp_path, programs=programs), past())

    assert programs.asked == []
    assert (told.failures, told.missing) == ((), ())


def test_an_emmc_tells_its_wear_in_tenths(tmp_path: Path) -> None:
    card = f"{PCI}/mmcblk0"
    device(tmp_path, {f"{card}/device/life_time": "0x02 0x07\n", f"{card}/device/pre_eol_info": "0x03\n"})
    (tmp_path / "sys/block").mkdir()
    (tmp_path / "sys/block/mmcblk0").symlink_to(tmp_path / card)

    told = SOURCE.look(device(tmp_path), past())

    assert told.vitals is not None
    assert told.vitals.storage_wear_percent == 70.0
    assert [(one.code, one.evidence["percent"]) for one in told.failures] == [("spare_low", 70.0)]
