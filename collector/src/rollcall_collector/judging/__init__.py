"""Judges what is kept: the fleet every night, a failing device within a minute, and reads back what was judged."""

from rollcall_collector.judging.batches import JudgeSettings
from rollcall_collector.judging.fleet import JudgeSummary, judge_fleet
from rollcall_collector.judging.one_device import judge_device, judge_new_failures

__all__ = ["JudgeSettings", "JudgeSummary", "judge_device", "judge_fleet", "judge_new_failures"]
