"""Asks the system for enough open files: a thousand publishers need seven each."""

from rollcall_agent.errors import ConfigError

_OTHERS = 200


def allow_open_files(wanted: int) -> None:
    """Raise this process's own limit as far as needed. Raises ConfigError where the system does not allow it."""
    try:
        import resource  # noqa: PLC0415  # there is none on Windows, and no such limit
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + _OTHERS
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise ConfigError(
            f"so many publishers need {needed} open files, the system allows {hard}: take fewer --devices"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
