"""By which rule devices are named: the section [judge] of the settings."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from annotated_types import Gt, Le, Lt

from rollcall_collector.judge.parameters import Parameters

Share = Annotated[float, Gt(0), Lt(1)]
_USUAL = Parameters()


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgeSettings:
    """How much worse than its peers a device must be to be named, and how many names of a list may be wrong."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    threshold: Annotated[float, Gt(1), Le(10)] = _USUAL.threshold
    wrong_share_replace: Share = _USUAL.replace_fdr
    wrong_share_watch: Share = _USUAL.watch_fdr
    has_flexible_prior: bool = _USUAL.has_flexible_prior

    @property
    def parameters(self) -> Parameters:
        """The judge's own numbers with these."""
        return Parameters(
            threshold=self.threshold,
            replace_fdr=self.wrong_share_replace,
            watch_fdr=self.wrong_share_watch,
            has_flexible_prior=self.has_flexible_prior,
        )
