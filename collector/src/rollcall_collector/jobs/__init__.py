"""What runs by itself: judging, cleaning up, backing up."""

from rollcall_collector.jobs.retention import Removed, Retention, clean_up, forget_old_readings
from rollcall_collector.jobs.timetable import Jobs, JobSettings

__all__ = ["JobSettings", "Jobs", "Removed", "Retention", "clean_up", "forget_old_readings"]
