"""The hardware models of the make-believe district, and when it bought them.

Makers of PCs and Chromebooks are invented, so that no real one is slandered by a bad batch drawn at random.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from rollcall_wire.codes import Platform

Storage = Literal["emmc", "nvme", "sata", "hdd", "flash"]
Build = Literal["netbook", "tablet", "laptop", "desktop"]
GB = 10**9


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """A hardware model. `to_login_seconds` is its median start; `cycles_to_80` when its battery is at 80 %."""

    name: str
    manufacturer: str
    platform: Platform
    build: Build
    storage: Storage
    storage_bytes: int
    memory_bytes: int
    price: float
    warranty_years: int
    support_until: date
    to_login_seconds: float | None = None
    design_wh: float | None = None
    cycles_to_80: float = 500.0
    draw_watts: float = 5.0
    os_line: str
    ages: tuple[int, ...]
    """In which years before the history's end it was bought; 0 is the last summer."""
    share: float
    """How much of its platform's devices it is."""


PLATFORM_SHARES: dict[Platform, float] = {
    "chromeos": 0.45,
    "ipados": 0.25,
    "windows": 0.20,
    "macos": 0.05,
    "linux": 0.05,
}
"""[A] A district with Chromebooks for pupils, tablets for the small ones, PCs in labs and for staff."""

# SSDs start in 10 to 12 s, hard disks take 3 to 4 times as long, Chromebooks 8 to 10 s [reference, boot]; a PC's
# figure includes its firmware. Chromebooks last 300 to 1,000 cycles by model; iPads are built for 80 % at 1,000.
MODELS: tuple[Model, ...] = (
    Model(
        name="Alder Chromebook 311",
        manufacturer="Alder",
        platform="chromeos",
        build="netbook",
        storage="emmc",
        storage_bytes=32 * GB,
        memory_bytes=4 * 2**30,
        price=249.0,
        warranty_years=1,
        support_until=date(2027, 6, 30),
        to_login_seconds=10.5,
        design_wh=42.0,
        cycles_to_80=520.0,
        draw_watts=4.6,
        os_line="chromeos",
        ages=(5, 4),
        share=0.35,
    ),
    Model(
        name="Alder Chromebook 314",
        manufacturer="Alder",
        platform="chromeos",
        build="netbook",
        storage="emmc",
        storage_bytes=64 * GB,
        memory_bytes=4 * 2**30,
        price=299.0,
        warranty_years=2,
        support_until=date(2031, 6, 30),
        to_login_seconds=9.5,
        design_wh=45.0,
        cycles_to_80=650.0,
        os_line="chromeos",
        ages=(3, 2),
        share=0.40,
    ),
    Model(
        name="Birch Chromebook Flex 3",
        manufacturer="Birch",
        platform="chromeos",
        build="netbook",
        storage="emmc",
        storage_bytes=64 * GB,
        memory_bytes=8 * 2**30,
        price=349.0,
        warranty_years=2,
        support_until=date(2034, 6, 30),
        to_login_seconds=8.5,
        design_wh=47.0,
        cycles_to_80=800.0,
        os_line="chromeos",
        ages=(1, 0),
        share=0.25,
    ),
    Model(
        name="iPad (8th generation)",
        manufacturer="Apple",
        platform="ipados",
        build="tablet",
        storage="flash",
        storage_bytes=32 * GB,
        memory_bytes=3 * 2**30,
        price=329.0,
        warranty_years=1,
        support_until=date(2027, 9, 15),
        design_wh=32.4,
        cycles_to_80=1000.0,
        draw_watts=3.4,
        os_line="ipados",
        ages=(5,),
        share=0.35,
    ),
    Model(
        name="iPad (9th generation)",
        manufacturer="Apple",
        platform="ipados",
        build="tablet",
        storage="flash",
        storage_bytes=64 * GB,
        memory_bytes=3 * 2**30,
        price=329.0,
        warranty_years=1,
        support_until=date(2029, 9, 15),
        design_wh=32.4,
        cycles_to_80=1000.0,
        draw_watts=3.4,
        os_line="ipados",
        ages=(3, 1),
        share=0.65,
    ),
    Model(
        name="Maple Book 15",
        manufacturer="Maple",
        platform="windows",
        build="laptop",
        storage="hdd",
        storage_bytes=500 * GB,
        memory_bytes=8 * 2**30,
        price=480.0,
        warranty_years=3,
        support_until=date(2025, 10, 14),
        to_login_seconds=46.0,
        design_wh=41.0,
        cycles_to_80=600.0,
        draw_watts=8.0,
        os_line="windows-10",
        ages=(6,),
        share=0.18,
    ),
    Model(
        name="Maple Book 14",
        manufacturer="Maple",
        platform="windows",
        build="laptop",
        storage="nvme",
        storage_bytes=256 * GB,
        memory_bytes=8 * 2**30,
        price=560.0,
        warranty_years=3,
        support_until=date(2031, 10, 14),
        to_login_seconds=18.0,
        design_wh=50.0,
        cycles_to_80=700.0,
        draw_watts=7.0,
        os_line="windows-11",
        ages=(3, 1),
        share=0.52,
    ),
    Model(
        name="Rowan Desk 5",
        manufacturer="Rowan",
        platform="windows",
        build="desktop",
        storage="sata",
        storage_bytes=256 * GB,
        memory_bytes=16 * 2**30,
        price=610.0,
        warranty_years=3,
        support_until=date(2031, 10, 14),
        to_login_seconds=21.0,
        os_line="windows-11",
        ages=(4,),
        share=0.30,
    ),
    Model(
        name="MacBook Air (M1)",
        manufacturer="Apple",
        platform="macos",
        build="laptop",
        storage="nvme",
        storage_bytes=256 * GB,
        memory_bytes=8 * 2**30,
        price=899.0,
        warranty_years=1,
        support_until=date(2028, 9, 30),
        to_login_seconds=17.0,
        design_wh=49.9,
        cycles_to_80=1000.0,
        draw_watts=6.0,
        os_line="macos",
        ages=(4,),
        share=1.0,
    ),
    Model(
        name="Rowan Desk 3L",
        manufacturer="Rowan",
        platform="linux",
        build="desktop",
        storage="nvme",
        storage_bytes=256 * GB,
        memory_bytes=8 * 2**30,
        price=430.0,
        warranty_years=3,
        support_until=date(2029, 4, 30),
        to_login_seconds=15.0,
        os_line="linux",
        ages=(2,),
        share=1.0,
    ),
)
