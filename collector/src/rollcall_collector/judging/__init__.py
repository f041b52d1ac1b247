"""Judges what is kept: the fleet every night, a failing device within a minute, and reads back what was judged."""
