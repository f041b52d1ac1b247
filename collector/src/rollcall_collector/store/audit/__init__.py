"""The audit log: which changes are noted, the one place that notes them, and how they are read."""
