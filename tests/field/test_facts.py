"""Facts as devices in the field tell them, read in place from beside the project."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from rollcall_agent.sources.linux import hardware, inventory
from rollcall_agent.sources.programs import LATE, Ran
from rollcall_agent.sources.source import Host, Told
from rollcall_collector.carts.readiness import judge_cart
from rollcall_collector.identity.enrollment import enroll
from rollcall_collector.judge.findings.papers import Papers
from rollcall_collector.judge.findings.registry import RULES
from rollcall_collector.judge.findings.rule import Subject
from rollcall_collector.model.cart import Cart, Member
from rollcall_collector.model.fact import DeviceDay, DeviceFacts, Failure
from rollcall_collector.model.site import Site
from rollcall_wire import Body, Report
from rollcall_wire.encoding import encode
from tests.support.agents import ask
from tests.support.device import Programs, device, past
from tests.support.field_cases import broken, case_names, read_case
from tests.support.identities import new_store, new_token
from tests.support.stand_ins.portal import answering

pytestmark = pytest.mark.fixtures
NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
DISKS = {
    "sata": ("sda", "sys/devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda"),
    "nvme": ("nvme0n1", "sys/devices/pci0000:00/0000:00:1d.0/0000:03:00.0/nvme/nvme0/nvme0n1"),
}
SPEAK_FOR_THEMSELVES = {"failing_disk", "growing_disk_errors", "worn_battery", "battery_replace_now"}


@pytest.mark.parametrize("name", case_names("looks"))
def test_what_a_device_of_the_field_shows_is_told_as_it_is_meant(name: str, tmp_path: Path) -> None:
    case = read_case(name)

    seen = look(case.folder, case.given, tmp_path)

    assert broken(case.expected, seen) == []


@pytest.mark.parametrize("name", case_names("boot"))
def test_a_start_of_the_field_is_as_long_as_it_was(name: str, tmp_path: Path) -> None:
    case = read_case(name)
    stamps = "".join(f"{stamp}={value}\n" for stamp, value in case.given["stamps"].items())
    answers = {
        "systemctl show default.target": {"text": f"ActiveEnterTimestampMonotonic={case.given['target']}\n"},
        "systemctl show": {"text": stamps},
    }
    given = {"source": "boot", "tree": {"files": {"run/systemd/system/.here": ""}}, "answers": answers}

    seen = look(case.folder, {**given, "looks": [{"awake": case.given.get("awake", 600)}]}, tmp_path)

    assert broken(case.expected, seen) == []


@pytest.mark.parametrize("name", case_names("join"))
def test_devices_of_the_field_join_as_who_they_are(name: str, tmp_path: Path) -> None:
    case = read_case(name)
    engine = new_store(tmp_path)
    token = new_token(engine, uses=100)
    ids, told = [], []

    for place, pc in enumerate(case.given["pcs"]):
        host = device(tmp_path / str(place), firmware_of(pc, place))
        said = inventory.SOURCE.look(host, past()).inventory
        assert said is not None
        first = hardware.read(host)[0]
        now = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
        ids.append(enroll(engine, token=token, hardware_id=first.hardware_id, inventory=said, now=now).device_id)
        told.append(said)
    engine.dispose()

    seen = {
        "devices": len(set(ids)),
        "serials": [one.serial_number for one in told],
        "tags": [one.asset_tag for one in told],
        "models": [one.model for one in told],
    }
    assert broken(case.expected, seen) == []


@pytest.mark.parametrize("name", case_names("cart"))
def test_a_cart_of_the_field_is_as_ready_as_it_stands(name: str, tmp_path: Path) -> None:
    case = read_case(name)
    heard_at = NOW - timedelta(minutes=case.given.get("minutes", 5))
    states = []

    for place, tree in enumerate(case.given["trees"]):
        vitals = look(case.folder, {"source": "battery", "tree": tree, "looks": [{}]}, tmp_path / str(place))["vitals"]
        known = {one.name: vitals[one.name] for one in fields(Member) if one.name in vitals}
        level = vitals.get("battery_level_percent")
        member = Member(
            device=1,
            device_id="d-1",
            name="One",
            slot=1,
            last_heard_at=heard_at,
            level_at=heard_at,
            level_percent=level,
            **known,
        )
        cart = Cart(cart=1, name="B", site="Oak", slots=1)
        states.append(judge_cart(cart, [member], Site(site=1, name="Oak", zone="UTC"), now=NOW).slots[0].state)

    assert broken(case.expected, {"states": states}) == []


@pytest.mark.parametrize("name", case_names("message"))
def test_what_stands_between_a_device_and_its_collector_is_named(name: str, tmp_path: Path) -> None:
    case = read_case(name)

    with answering(tmp_path, status=case.given["answer"], certificate=case.given.get("certificate")) as server:
        done = ask(
            "enroll", tmp_path / "state", server.url, "--ca-file", str(server.ca_file), ROLLCALL_AGENT_TOKEN="A" * 20
        )

    seen = {"status": done.returncode, "text": " ".join((done.stdout + done.stderr).split()).lower()}
    assert broken(case.expected, seen) == []


def firmware_of(pc: dict[str, Any], place: int) -> dict[str, str | bytes]:
    card = "sys/class/net/eth0"
    files: dict[str, str | bytes] = {f"sys/class/dmi/id/{name}": value for name, value in pc["dmi"].items()}
    files |= {f"{card}/address": pc["mac"], f"{card}/addr_assign_type": "0", f"{card}/device/vendor": "0x8086"}
    machine = pc.get("machine_id", pc["mac"].replace(":", "") + f"{place:020d}")
    return {**files, "etc/machine-id": machine}


def look(folder: Path, given: dict[str, Any], root: Path) -> dict[str, Any]:
    """One source looks at a device, once or day by day; then the judge hears what was told."""
    source = import_module(f"rollcall_agent.sources.linux.{given['source']}").SOURCE
    build(root, given.get("tree", {}), given.get("disk"))
    told: list[tuple[datetime, Told]] = []
    mark: str | None = None
    for place, one in enumerate(given["looks"]):
        build(root, one.get("tree", {}), None)
        programs = Programs(answers_of(folder, {**given.get("answers", {}), **one.get("answers", {})}))
        marks = {given["source"]: mark} if mark else {}
        now = NOW - timedelta(days=len(given["looks"]) - place)
        awake = float(one.get("awake", 600))
        then = past(marks, now=now, awake=awake, since_boot=awake)
        found = source.look(Host(root=root, run=programs, recall=marks.get), then)
        mark = found.mark or mark
        told.append((now, found))
    return seen_of(told)


def seen_of(told: list[tuple[datetime, Told]]) -> dict[str, Any]:
    failures = [(at, failure) for at, one in told for failure in one.failures]
    bodies = [body for _, one in told for body in (one.boot, one.vitals, one.inventory, *one.failures) if body]
    last: dict[str, Any] = {"vitals": {}, "inventory": {}, "boot": {}}
    for _, one in told:
        last |= {name: asdict(getattr(one, name)) for name in last if getattr(one, name) is not None}
    full, design = last["vitals"].get("battery_full_wh"), last["vitals"].get("battery_design_wh")
    return {
        **last,
        "failures": [failure.code for _, failure in failures],
        "missing": "".join(" ".join(one.missing) for _, one in told),
        "health": full / design if full and design else None,
        "wire": on_wire(bodies),
        "advice": advice(told, failures),
    }


def on_wire(bodies: Sequence[Body]) -> str:
    reader: TypeAdapter[Report] = TypeAdapter(Report)
    try:
        for body in bodies:
            reader.validate_json(encode(Report(seq=1, device_id="d-0123456789ab", recorded_at=NOW, body=body)))
    except ValidationError as error:
        return f"refused: {error}"
    return "taken"


def advice(told: list[tuple[datetime, Told]], failures: list[tuple[datetime, Any]]) -> list[str]:
    known = {one.name for one in fields(DeviceDay)}
    days = [
        DeviceDay(
            on=at.date(),
            reports=1,
            boots=1,
            unclean_stops=0,
            failures=0,
            **{name: value for name, value in asdict(one.vitals).items() if name in known and value is not None},
        )
        for at, one in told
        if one.vitals is not None
    ]
    reported = [
        Failure(
            channel=failure.channel,
            code=failure.code,
            occurred_at=at,
            occurred_on=at.date(),
            is_day_only=False,
            count=failure.count,
            boot_id=failure.boot_id,
            evidence=failure.evidence,
        )
        for at, failure in failures
    ]
    facts = DeviceFacts(active_days=200, last_active_on=NOW.date(), failures=tuple(reported), days=tuple(days))
    subject = Subject(facts=facts, papers=Papers(today=NOW.date()))
    found = [rule.find(subject) for rule in RULES if rule.name in SPEAK_FOR_THEMSELVES]
    return [one.finding for one in found if one is not None]


def answers_of(folder: Path, answers: dict[str, Any]) -> dict[str, Ran | str]:
    found: dict[str, Ran | str] = {}
    for start, answer in answers.items():
        output = (folder / answer["file"]).read_text() if "file" in answer else answer.get("text", "")
        found[start] = LATE if answer.get("hangs") else Ran(status=answer.get("status", 0), output=output)
    return found


def build(root: Path, tree: dict[str, Any], disk: str | None) -> None:
    files, links = dict(tree.get("files", {})), dict(tree.get("links", {}))
    if disk is not None:
        name, where = DISKS[disk]
        files |= {f"{where}/size": "500118192", f"{where}/removable": "0", f"{where}/device/wwid": "naa.5000c500fie1d"}
        links |= {f"sys/block/{name}": where, f"sys/class/block/{name}": where}
    device(root, {name: str(content) for name, content in files.items()}, links=links)
