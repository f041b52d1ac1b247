"""Copies kept vitals to InfluxDB; the copy is never read back as truth."""
