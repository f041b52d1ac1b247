"""A district's reports as ready-made bytes, and a publisher that pours them into a broker as fast as it takes them."""

import contextlib
import select
import socket
import time
from collections.abc import Iterator, Sequence

from rollcall_wire.topics import topic
from tests.support.listening import device_id

MIX = 16
"""Of so many reports 14 are vitals, one is a boot, one is a failure."""
HOUR = 3_600
_IN_FLIGHT_MAX = 2_000


def messages(
    *, devices: int, each: int, rounds: int, epoch: str, starts_at: float, first_round: int = 0
) -> Iterator[tuple[str, bytes]]:
    """Publisher and payload, device by device and round by round, so that neighbours are of different devices.

    Each device reports once an hour of eight on each day from `starts_at` (seconds since 1970) on.
    """
    for turn in range(first_round, first_round + rounds):
        seqs = range(turn * each + 1, (turn + 1) * each + 1)
        moments = [_instant(starts_at, seq) for seq in seqs]
        for number in range(1, devices + 1):
            name = device_id(number)
            reports = ",".join([_report(name, seq, at) for seq, at in zip(seqs, moments, strict=True)])
            yield (
                name,
                f'{{"publisher":"{name}","epoch":"{epoch}","sent_at":"{moments[-1]}","reports":[{reports}]}}'.encode(),
            )


def pour(port: int, traffic: Sequence[tuple[str, bytes]]) -> None:
    """Publish everything at QoS 1 and wait until the broker has it all."""
    packets = [_publish(name, payload, number % 65_535 + 1) for number, (name, payload) in enumerate(traffic)]
    with socket.create_connection(("127.0.0.1", port)) as wire:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wire.sendall(b"\x10\x10\x00\x04MQTT\x04\x02\x00\x00\x00\x04pour")
        assert wire.recv(4) == b"\x20\x02\x00\x00"
        wire.setblocking(False)
        sent = confirmed = 0
        waiting = b""
        while confirmed < len(packets) * 4:
            if not waiting and sent < len(packets) and sent - confirmed // 4 < _IN_FLIGHT_MAX:
                waiting = b"".join(packets[sent : sent + 100])
                sent = min(sent + 100, len(packets))
            select.select([wire], [wire] if waiting else [], [], 10)
            with contextlib.suppress(BlockingIOError):
                if waiting:
                    waiting = waiting[wire.send(waiting) :]
            with contextlib.suppress(BlockingIOError):
                found = len(wire.recv(65_536))
                assert found, "the broker hung up on the publisher"
                confirmed += found


def _instant(starts_at: float, seq: int) -> str:
    day, hour = divmod(seq, 8)
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(starts_at + day * 24 * HOUR + hour * HOUR))


def _report(name: str, seq: int, at: str) -> str:
    match seq % MIX:
        case 1:
            body = (
                f'{{"kind":"boot","boot_id":"{name}-{seq}","booted_at":"{at}","source":"systemd","start_kind":"full",'
                '"firmware_seconds":4.211,"loader_seconds":1.08,"kernel_seconds":3.1,"userspace_seconds":9.35,'
                f'"to_login_seconds":{16 + seq % 9}.4,"os_version":"Debian 12.8","previous_stop":"clean",'
                '"stop_cause":"user"}'
            )
        case 9:
            body = (
                f'{{"kind":"failure","channel":"crash","code":"service_failed","occurred_at":"{at}","count":1,'
                '"evidence":{"value":3.0}}'
            )
        case _:
            body = (
                f'{{"kind":"vitals","battery_level_percent":{20 + seq % 80}.0,"is_charging":false,'
                '"battery_full_wh":38.25,"battery_design_wh":45.0,"battery_cycles":212,'
                f'"storage_free_bytes":{81_234_567_890 - seq * 4096},"storage_wear_percent":4.0,"media_errors":0,'
                '"reallocated_sectors":0,"pending_sectors":0,"unsafe_stops":11,"temperature_max_celsius":61.5,'
                '"awake_seconds":3600.0}'
            )
    return f'{{"seq":{seq},"device_id":"{name}","recorded_at":"{at}","precision":"second","body":{body}}}'


def _publish(name: str, payload: bytes, mid: int) -> bytes:
    where = topic(name, "reports").encode()
    length = 4 + len(where) + len(payload)
    written = bytearray()
    while True:
        length, low = divmod(length, 128)
        written.append(low | (128 if length else 0))
        if not length:
            break
    return b"".join([b"\x32", bytes(written), len(where).to_bytes(2, "big"), where, mid.to_bytes(2, "big"), payload])
