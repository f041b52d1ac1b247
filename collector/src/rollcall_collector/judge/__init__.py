"""Decides which devices are unreliable: pure functions."""
