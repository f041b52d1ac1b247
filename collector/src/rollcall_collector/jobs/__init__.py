"""What runs by itself: judging, cleaning up, backing up."""

from rollcall_collector.jobs.judging import JudgeSummary, judge_fleet
from rollcall_collector.jobs.rejudging import judge_device, judge_new_failures
from rollcall_collector.jobs.retention import Removed, Retention, clean_up, forget_old_readings
from rollcall_collector.jobs.round import JudgeSettings
from rollcall_collector.jobs.timetable import Jobs, JobSettings

__all__ = [
    "JobSettings",
    "Jobs",
    "JudgeSettings",
    "JudgeSummary",
    "Removed",
    "Retention",
    "clean_up",
    "forget_old_readings",
    "judge_device",
    "judge_fleet",
    "judge_new_failures",
]
