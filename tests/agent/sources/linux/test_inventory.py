"""What a device is, and how this very one is recognised."""

from pathlib import Path

import pytest

from rollcall_agent import __version__
from rollcall_agent.sources.linux import SYSTEM, hardware
from rollcall_agent.sources.linux.inventory import SOURCE
from rollcall_agent.sources.recognition import meant
from rollcall_agent.sources.source import Host
from tests.support.device import check_on_wire, device, past
from tests.support.require import ROOT

DMI = "sys/class/dmi/id"
MEMINFO = """\
MemTotal:       16269364 kB
MemFree:         8123456 kB
MemAvailable:   12345678 kB
Buffers:          123456 kB
Cached:          2345678 kB
Active:          3456789 kB
Inactive:        1234567 kB
Shmem:            234567 kB
"""
LENOVO = {
    f"{DMI}/sys_vendor": "LENOVO\n",
    f"{DMI}/product_name": "20HGS0A100\n",
    f"{DMI}/product_version": "ThinkPad T470s\n",
    f"{DMI}/product_serial": "PC0ABCDE\n",
    f"{DMI}/chassis_asset_tag": "No Asset Information\n",
    f"{DMI}/product_uuid": "4c4c4544-0042-3510-8054-b4c04f4e3632\n",
    "etc/os-release": 'NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
    "etc/machine-id": "3d1219c7c4c5404aaa1f6d2a48adfda4\n",
    "proc/meminfo": MEMINFO,
    "proc/sys/kernel/random/boot_id": "6b7376f3-c6b7-4f3c-ad2e-800bfcf005b7\n",
}


def test_a_thinkpad_is_called_what_people_call_it(tmp_path: Path) -> None:
    found = SOURCE.look(device(tmp_path, LENOVO), past()).inventory

    assert found is not None
    check_on_wire(found)
    assert (found.manufacturer, found.model, found.serial_number) == ("LENOVO", "ThinkPad T470s", "PC0ABCDE")
    assert found.asset_tag is None
    assert found.os_version == "Debian GNU/Linux 12 (bookworm)"
    assert found.memory_bytes == 16_269_364 * 1024


@pytest.mark.parametrize(
    "junk",
    [
        "",
        " ",
        "0",
        "00000000",
        "To Be Filled By O.E.M.",
        "Default string",
        "System Serial Number",
        "None",
        "N/A",
        "XXXXXXXX",
        "............",
        "Not Specified",
        "0123456789",
        "to be filled by O.E.M.\n",
        "FFFFFFFF",
    ],
)
def test_what_makers_leave_where_a_word_should_stand_is_nothing(junk: str) -> None:
    assert meant(junk) is None


@pytest.mark.parametrize(
    ("stated", "tidy"), [("  5CD1234XYZ ", "5CD1234XYZ"), ("HP\x00 x360\t11", "HP x360 11"), ("a" * 500, None)]
)
def test_words_are_tidied_and_short(stated: str, tidy: str | None) -> None:
    assert meant(stated) == tidy


def test_an_arm_device_tells_by_its_device_tree(tmp_path: Path) -> None:
    host = device(
        tmp_path,
        {"proc/device-tree/model": b"Raspberry Pi 4 Model B\0", "proc/device-tree/serial-number": b"1000abcd\0"},
    )

    found = SOURCE.look(host, past()).inventory

    assert found is not None
    assert (found.model, found.serial_number) == ("Raspberry Pi 4 Model B", "1000abcd")


def test_the_system_disk_is_found_beneath_encryption(tmp_path: Path) -> None:
    disk = "sys/devices/pci0000:00/nvme/nvme0/nvme0n1"
    host = device(
        tmp_path,
        {
            f"{disk}/size": "1000215216",
            f"{disk}/device/model": "x",
            f"{disk}/nvme0n1p3/partition": "3",
            "sys/devices/virtual/block/dm-0/slaves/nvme0n1p3/x": "",
            "dev/dm-0": "",
            "proc/self/mounts": "sysfs /sys sysfs rw 0 0\n/dev/mapper/luks / ext4 rw 0 0\n",
        },
    )
    for link, target in {
        "sys/block/nvme0n1": disk,
        "sys/class/block/nvme0n1": disk,
        "sys/class/block/nvme0n1p3": f"{disk}/nvme0n1p3",
        "sys/class/block/dm-0": "sys/devices/virtual/block/dm-0",
        "dev/mapper/luks": "dev/dm-0",
    }.items():
        (tmp_path / link).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / link).symlink_to(tmp_path / target)

    found = SOURCE.look(host, past()).inventory

    assert found is not None
    assert found.storage_bytes == 1_000_215_216 * 512


def test_the_version_spoken_is_the_version_released() -> None:
    assert f'version = "{__version__}"' in (ROOT / "agent/pyproject.toml").read_text()


def known(host: Host) -> dict[str, str]:
    return {one.basis: one.hardware_id for one in hardware.read(host)}


def test_the_same_device_is_recognised_by_what_it_was_enrolled_by(tmp_path: Path) -> None:
    enrolled = known(device(tmp_path, LENOVO))

    assert list(enrolled) == ["firmware", "serial", "system"]
    assert all(len(one) == 64 for one in enrolled.values())
    assert SYSTEM.is_same_device(device(tmp_path), enrolled)


def test_a_copied_disk_is_noticed(tmp_path: Path) -> None:
    enrolled = known(device(tmp_path / "one", LENOVO))
    copy = device(tmp_path / "two", {**LENOVO, f"{DMI}/product_uuid": "4c4c4544-0042-3510-8054-ffffffffffff\n"})

    assert not SYSTEM.is_same_device(copy, enrolled)


def test_a_copied_disk_is_noticed_where_the_copy_s_firmware_says_nothing(tmp_path: Path) -> None:
    enrolled = known(device(tmp_path / "one", LENOVO))
    copy = device(tmp_path / "two", {**LENOVO, f"{DMI}/product_uuid": "0", f"{DMI}/product_serial": "PC0ZZZZZ"})

    assert not SYSTEM.is_same_device(copy, enrolled)


def test_root_and_others_see_the_same_device(tmp_path: Path) -> None:
    enrolled = known(device(tmp_path / "one", LENOVO))
    hidden = {name: value for name, value in LENOVO.items() if "product_uuid" not in name and "serial" not in name}

    assert SYSTEM.is_same_device(device(tmp_path / "two", hidden), enrolled)


def test_where_nothing_can_be_compared_it_is_taken_as_the_same(tmp_path: Path) -> None:
    assert SYSTEM.is_same_device(device(tmp_path), {"firmware": "a" * 64})


def board(root: Path, uuid: str, address: str, **dmi: str) -> Host:
    """A PC whose disk was copied: everything on it is the same."""
    files: dict[str, str | bytes] = {f"{DMI}/{name}": value for name, value in {"product_uuid": uuid, **dmi}.items()}
    card = {"sys/class/net/eth0/address": address, "sys/class/net/eth0/device/vendor": "0x8086"}
    return device(root, {**files, **card, "etc/machine-id": "c0ffee" * 5})


@pytest.mark.parametrize(
    "uuid",
    [
        "03000200-0400-0500-0006-000700080009",
        "00020003-0004-0005-0006-000700080009",
        "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
        "fefefefe-fefe-fefe-fefe-fefefefefefe",
        "4c4c4544-0000-2010-8020-80c04f202020",
    ],
)
def test_a_disk_copied_between_boards_of_one_firmware_id_is_noticed(uuid: str, tmp_path: Path) -> None:
    one = board(tmp_path / "one", uuid, "3c:00:00:00:0f:01", product_serial="Default string")
    other = board(tmp_path / "other", uuid, "3c:00:00:00:0f:02", product_serial="Default string")

    assert SYSTEM.is_same_device(one, known(one))
    assert not SYSTEM.is_same_device(other, known(one))


def test_a_firmware_id_on_nobody_s_list_is_spoken_against_by_the_serial_number(tmp_path: Path) -> None:
    uuid = "5d1c0a11-5b7c-4c1e-8a77-010000000001"
    one = board(tmp_path / "one", uuid, "3c:00:00:00:0f:01", product_serial="PC0ABCDE")
    new_card = board(tmp_path / "new card", uuid, "3c:00:00:00:0f:77", product_serial="PC0ABCDE")
    other = board(tmp_path / "other", uuid, "3c:00:00:00:0f:02", product_serial="PC0ZZZZZ")

    assert SYSTEM.is_same_device(new_card, known(one))
    assert not SYSTEM.is_same_device(other, known(one))


def test_an_address_that_many_modems_share_is_no_identity(tmp_path: Path) -> None:
    host = board(tmp_path, "0", "02:00:4e:43:50:49")

    assert list(known(host)) == ["system"]


def test_what_makers_leave_never_leaves_the_device(tmp_path: Path) -> None:
    left = {"product_serial": "SYS-9876543210", "chassis_asset_tag": "Asset-1234567890", "product_name": "N/A-100"}
    host = device(tmp_path, {**{f"{DMI}/{name}": value for name, value in left.items()}})

    found = SOURCE.look(host, past()).inventory

    assert found is not None
    assert (found.serial_number, found.asset_tag, found.model) == (None, None, "N/A-100")


def test_a_start_s_name_tells_nothing_and_stays_the_same(tmp_path: Path) -> None:
    one = hardware.boot_id(device(tmp_path / "one", LENOVO))
    again = hardware.boot_id(device(tmp_path / "one", LENOVO))
    elsewhere = hardware.boot_id(device(tmp_path / "two", {**LENOVO, "etc/machine-id": "another"}))

    assert one == again
    assert one != elsewhere
    assert "6b7376f3" not in one


def test_an_adapter_that_travels_is_not_the_device(tmp_path: Path) -> None:
    usb = "sys/devices/pci0000:00/usb1/1-1/1-1:1.0"
    host = device(
        tmp_path,
        {"sys/class/net/eth9/address": "02:00:00:00:00:09", "etc/machine-id": "m1"},
        links={"sys/class/net/eth9/device": usb},
    )

    assert [one.basis for one in hardware.read(host)] == ["system"]
