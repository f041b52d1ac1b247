"""Judgements of single devices, as short as a test wants to say them."""

from rollcall_collector.model.judgement import Judgement


def judgement(channel: str, *, ratio: float, forecast_yearly: float, device: int = 1, observed: int = 3) -> Judgement:
    """One kind of failure: so many times its peers' rate, so many incidents foretold for an active year."""
    return Judgement(
        device=device,
        channel=channel,
        observed=observed,
        weeks=observed,
        expected=observed / ratio,
        ratio=ratio,
        low=None,
        high=None,
        probability=0.5,
        forecast_yearly=forecast_yearly,
    )
