"""A Windows of the tests: its event logs, and a prefix of Wine with the agent in it."""
