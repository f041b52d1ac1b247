"""No pupil is in the data: names put everywhere on a device never come out of its agent."""

from pathlib import Path
from random import Random

from rollcall_agent.outbox import Outbox
from rollcall_agent.resident.look import Lookout
from rollcall_agent.resident.loop import Residence
from rollcall_agent.sources.linux import SOURCES, SYSTEM
from rollcall_agent.sources.linux.hardware import raw_boot_id
from rollcall_agent.sources.programs import Ran
from rollcall_agent.sources.source import Host, Moment
from rollcall_agent.timetable import Timetable
from rollcall_wire.encoding import encode
from tests.agent.sources.linux.test_battery import RECORDED
from tests.agent.sources.linux.test_boot import PUBLISHED, TARGET, shown
from tests.agent.sources.linux.test_inventory import LENOVO
from tests.support.device import NOW, Programs, device, past
from tests.support.stand_ins.pupil import leaks

SECRETS = ("maria.mustermann", "steam-game.exe", "52:54:00:aa:bb:cc", "192.168.17.4", "Home-WLAN-Mustermann",
           "6b7376f3-c6b7-4f3c-ad2e-800bfcf005b7", "3d1219c7c4c5404aaa1f6d2a48adfda4", "38109", "pc-of-maria",
           "naa.5000c500a1b2c3d4", "4c4c4544-0042-3510-8054-b4c04f4e3632", "Volume-of-Maria", "s=cursor-of-the-journal")  # fmt: skip
PCI = "sys/devices/pci0000:00/0000:00:17.0/sda"


def inhabited(root: Path, programs: Programs, outbox: Outbox, *, crashes: int) -> Host:
    """A device somebody lives with: their names are in every corner that an agent might look into."""
    device(
        root,
        {
            **LENOVO,
            **RECORDED,
            "etc/hostname": "pc-of-maria\n",
            "etc/passwd": "maria.mustermann:x:1000:1000::/home/maria.mustermann:/bin/bash\n",
            "run/systemd/system/x": "",
            "proc/self/mounts": "/dev/mapper/Volume-of-Maria / ext4 rw 0 0\n//192.168.17.4/maria.mustermann /mnt cifs\n",
            "proc/4711/stat": "4711 (steam-game.exe) S 1 1 1 0 -1 0 " + "0 " * 12 + "900 0 0",
            "proc/4711/cmdline": "steam-game.exe\0--user\0maria.mustermann",
            "proc/vmstat": f"oom_kill {crashes}\n",
            "proc/sys/kernel/tainted": "0\n",
            "sys/class/net/wlan0/address": "52:54:00:aa:bb:cc\n",
            "sys/class/net/wlan0/device/x": "",
            "sys/fs/ext4/sda2/errors_count": f"{crashes}\n",
            f"{PCI}/device/wwid": "naa.5000c500a1b2c3d4\n",
            f"{PCI}/device/ioerr_cnt": f"0x{crashes * 100:x}\n",
            f"var/lib/systemd/pstore/165467808{crashes}/dmesg-efi-165467808{crashes}01001": "Panic#1 Part1\n"
            "CPU: 2 PID: 4711 Comm: steam-game.exe maria.mustermann Home-WLAN-Mustermann",
            "etc/NetworkManager/system-connections/Home-WLAN-Mustermann": "ssid=Home-WLAN-Mustermann",
        },
    )
    for link, target in (("sys/block/sda", PCI), ("sys/class/block/sda", PCI)):
        if not (root / link).is_symlink():
            (root / link).parent.mkdir(parents=True, exist_ok=True)
            (root / link).symlink_to(root / target)
    return Host(root=root, run=programs, recall=outbox.recall)


def answers(crashes: int) -> Programs:
    entry = '{"MESSAGE_ID":"x","COREDUMP_EXE":"/home/maria.mustermann/steam-game.exe","_HOSTNAME":"pc-of-maria"}\n'
    denied = (
        '{"smartctl":{"exit_status":2,"messages":[{"string":"/dev/sda: Permission denied for maria.mustermann"}]}}'
    )
    return Programs(
        {
            "systemctl show -p NFailedUnits": f"NFailedUnits={crashes}\nFinishTimestampMonotonic=1\n",
            "systemctl show rollcall": "",
            "systemctl show -p": shown(PUBLISHED),
            "systemctl show default": shown(TARGET),
            "journalctl": entry * crashes + "-- cursor: s=cursor-of-the-journal\n",
            "smartctl": Ran(status=2, output=denied),
        }
    )


def test_nothing_of_who_uses_a_device_and_how_is_in_what_it_sends(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.sqlite3")
    outbox.start()
    for crashes in (1, 4):
        host = inhabited(tmp_path / "device", answers(crashes), outbox, crashes=crashes)
        residence = Residence(
            device_id="d-0123456789ab",
            system=SYSTEM,
            outbox=outbox,
            host=host,
            lookout=Lookout(SOURCES),
            random=Random(1),
            is_supervised=True,
        )
        moment = Moment(now=NOW, awake_seconds=600.0 * crashes, since_boot_seconds=600.0 * crashes)
        residence.start(moment, is_visit=True)
        residence.table = Timetable(boot_at=0.0, boot_tries=0, vitals_at=0.0, daily_at=0.0)
        residence.look(moment)

    sent = b"\n".join(body for _, body in outbox.after(0, bytes_max=1 << 30, count_max=1000))
    outbox.stop()

    told = {code for code in (b"kernel_panic", b"app_crash", b"out_of_memory_kill", b"service_failed") if code in sent}
    assert len(told) == 4, "the look must have found the failures whose records hold the names"
    assert raw_boot_id(device(tmp_path / "device")) == "6b7376f3-c6b7-4f3c-ad2e-800bfcf005b7"
    assert [secret for secret in SECRETS if secret.encode() in sent] == []
    assert b"maria" not in sent.lower()
    assert b"PC0ABCDE" in sent, "the serial number is told: it matches the purchase records"


def test_text_stands_in_the_fields_of_the_list_alone(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.sqlite3")
    outbox.start()

    told = []
    for crashes in (1, 4):
        host = inhabited(tmp_path / "device", answers(crashes), outbox, crashes=crashes)
        marks = {one.name: mark for one in SOURCES if (mark := outbox.recall(one.name)) is not None}
        told += [one.look(host, past(marks, is_asked_anew=True)) for one in SOURCES]

    outbox.stop()
    assert sum(one.boot is not None or one.inventory is not None or one.vitals is not None for one in told) > 4
    assert [leak for one in told for leak in leaks(one)] == []


def test_no_clock_time_outside_school_hours_is_stored(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.sqlite3")
    outbox.start()
    host = inhabited(tmp_path / "device", answers(1), outbox, crashes=1)
    look = Lookout(SOURCES).look(
        host,
        past(),
        frozenset({"boot", "vitals", "daily"}),
    )
    outbox.add(look.bodies, device_id="d-0123456789ab", now=NOW, hours=None)

    sent = b"\n".join(body for _, body in outbox.after(0, bytes_max=1 << 30, count_max=1000))
    outbox.stop()

    assert b"T00:00:00+00:00" in sent
    assert f"{NOW:T%H:%M}".encode() not in sent
    assert encode(NOW.replace(hour=7, minute=55)).strip(b'"') not in sent
