"""Says days, counts and likelihoods, and joins sentences, the same way in every finding."""

from datetime import date, timedelta

from rollcall_collector.model.wording import say_date

_EPOCH = date(1970, 1, 1)
_NEARLY_SURE = 0.99


def say_day(day: int) -> str:
    """`2 Mar 2026`, for a day counted from 1970-01-01."""
    return say_date(_EPOCH + timedelta(days=day))


def say_days(days: int) -> str:
    """`1 day`, `2 days`."""
    return "1 day" if days == 1 else f"{days} days"


def say_percent(probability: float) -> str:
    """`95 %`; never "100 %"."""
    return "over 99 %" if probability > _NEARLY_SURE else f"{100 * probability:.0f} %"


def join(advice: str, said: str) -> str:
    """What to do, and why: one sentence where a colon joins them."""
    return advice + (said[:1].lower() + said[1:] if advice.endswith(": ") else said)


def figures(fields: dict[str, object]) -> dict[str, float | int | str | None]:
    """Evidence as the store keeps it: figures to four places, infinity as null, for JSON knows none."""
    kept: dict[str, float | int | str | None] = {}
    for name, value in fields.items():
        match value:
            case float():
                kept[name] = round(value, 4) if abs(value) != float("inf") and value == value else None  # noqa: PLR0124  # NaN
            case int() | str():
                kept[name] = value
            case _:
                kept[name] = None
    return kept
