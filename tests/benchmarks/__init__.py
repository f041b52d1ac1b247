"""What Rollcall costs, measured against something known in the same run. Never timed tests."""
