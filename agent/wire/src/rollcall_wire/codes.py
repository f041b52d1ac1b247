"""The closed lists of the wire: platforms, channels and their failure codes, numeric evidence, refusals."""

from collections.abc import Mapping
from typing import Literal, get_args

Platform = Literal["chromeos", "ipados", "windows", "macos", "linux"]
SYSTEMS: dict[Platform, str] = {
    "chromeos": "ChromeOS",
    "ipados": "iPadOS",
    "windows": "Windows",
    "macos": "macOS",
    "linux": "Linux",
}
"""How each platform is written for people."""
StartKind = Literal["full", "fast", "resume", "soft", "unknown"]
PreviousStop = Literal["clean", "unclean", "unknown"]
StopCause = Literal[
    "update",
    "user",
    "crash",
    "power_button_held",
    "power_loss_or_hang",
    "battery_empty",
    "during_sleep",
    "unknown",
]
BootSource = Literal[
    "systemd",  # the service manager's own time stamps
    "proc",  # first login service counted from kernel start: without systemd
    "uptime",  # an instant only: the system tells when it started, not how long it took
    "event_log",  # Windows Diagnostics-Performance and Kernel-Boot
    "loginwindow",  # macOS: process start of the login window
    "google_telemetry",  # ChromeOS through the management API
    "endpoint_analytics",  # Windows through Intune, from Windows' own beginning to the sign-in screen
    "simulator",
]
Channel = Literal[
    "hardware",
    "crash",
    "storage",
    "battery",
    "memory",
    "thermal",
    "network",
    "update",
    "damage",
    "management",
]
CODES: dict[Channel, tuple[str, ...]] = {
    "hardware": (
        "memory_uncorrected",
        "memory_corrected",
        "machine_check",
        "pcie_error",
        "clock_reset",
        "component",
        "baseband",
        "camera",
        "display",
        "face_id",
        "nfc",
        "touch_id",
        "ultra_wideband",
    ),
    "crash": (
        "kernel_panic",
        "kernel_oops",
        "stop_error",
        "os_crash",
        "app_crash",
        "service_failed",
        "gpu_reset",
    ),
    "storage": (
        "smart_failing",
        "media_errors",
        "reallocated_sectors",
        "pending_sectors",
        "spare_low",
        "read_only",
        "filesystem_error",
        "io_error",
    ),
    "battery": ("replace_soon", "replace_now", "service_recommended", "not_charging", "non_genuine"),
    "memory": ("out_of_memory_kill",),
    "thermal": ("throttled", "overheated"),
    "network": ("disconnected",),
    "update": ("update_failed",),
    "damage": ("screen", "keyboard", "port", "case", "liquid", "other"),
    "management": (
        "command_failed",
        "push_unanswered",
        "unenrolled",
        "re_enrolled",
        "restarted",
        "restart_no_return",
        "update_stuck",
        "storage_low",
    ),
}
"""What may fail, a closed list a channel. `damage` is reported by people and counts for cost only; `management` is
what a service that manages the device says of it, and no failure by itself."""

Evidence = Literal[
    "value",  # the counter's value now
    "threshold",  # the value at which the maker says it fails
    "delta",  # how much it grew since last read
    "exit_status",  # smartctl's bit mask
    "percent",
    "seconds",
    "celsius",
    "bytes",
    "stop_code",
    "cycles",
]

Refusal = Literal[
    "too_large",
    "not_text",
    "not_json",
    "too_deep",
    "wrong_shape",
    "unknown_kind",
    "unknown_code",
    "wrong_publisher",
    "wrong_device",
    "wrong_platform",
    "wrong_bucket",
    "unknown_publisher",
    "clock_wrong",
]
REFUSALS: dict[Refusal, str] = {
    "too_large": "The message is larger than 64 KiB.",
    "not_text": "The message is not UTF-8 text.",
    "not_json": "The message is not complete JSON: it was cut off or garbled on its way.",
    "too_deep": "The message nests deeper than any report does.",
    "wrong_shape": "A field is missing, has the wrong type, or is outside its range.",
    "unknown_kind": "This kind of report is not known: the agent is newer than the collector. Upgrade the collector.",
    "unknown_code": "This failure code is not on its channel's list.",
    "wrong_publisher": "The payload names another publisher than the topic it came on.",
    "wrong_device": "The publisher may not report on this device.",
    "wrong_platform": "The bridge is enrolled for another platform than this device's.",
    "wrong_bucket": "The topic's bucket is not the publisher's.",
    "unknown_publisher": "The publisher is not enrolled, or was retired or revoked.",
    "clock_wrong": "The device's clock is far off: set it, or replace its clock battery.",
}
"""Why a report was refused, in words for a technician."""

Remark = Literal["out_of_range"]
REMARKS: dict[Remark, str] = {
    "out_of_range": "A number was outside its range and was left out; the rest of its report is kept.",
}
"""What is noted of a report that is kept all the same: never in an ack, told once a day and field."""
REASONS: Mapping[str, str] = dict((*REFUSALS.items(), *REMARKS.items()))
"""The words behind everything that stands in quarantine."""

PLATFORMS: tuple[Platform, ...] = get_args(Platform)
CHANNELS: tuple[Channel, ...] = get_args(Channel)
