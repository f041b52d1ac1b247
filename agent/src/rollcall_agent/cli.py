"""The command line of the agent."""


def main() -> None:
    """Placeholder until the rooms stand."""
