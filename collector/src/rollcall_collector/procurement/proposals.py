"""Weighs what could be done with each candidate: what competes for the money, and what stands apart from it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from rollcall_collector.judge.findings.registry import part_of
from rollcall_collector.procurement.candidates import Ground
from rollcall_collector.procurement.inputs import Fleet
from rollcall_collector.procurement.offers import NO_SITE, Offer, years_served
from rollcall_collector.procurement.prices import PlanSettings, price_replacement
from rollcall_collector.procurement.remedies import Case, Remedy, claim, find_remedies, win_all
from rollcall_collector.store.history.plan_inputs import Owned


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """One remedy for one device over the years it would serve, with the grounds it answers, its own first."""

    device: int
    remedy: Remedy
    years: float
    answers: tuple[Ground, ...]

    @property
    def minutes(self) -> float:
        """Lesson minutes won back over those years."""
        return self.remedy.won.over(self.years)


@dataclass(frozen=True, kw_only=True, slots=True)
class Weighed:
    """Proposals that compete (several a device), claims, refreshes, and those that lack a price (one a device)."""

    competing: tuple[Proposal, ...]
    claims: tuple[Proposal, ...]
    refreshes: tuple[Proposal, ...]
    unpriced: tuple[Proposal, ...]


class Scales:
    """Reckons costs, years and minutes of any device of the fleet by the same settings."""

    def __init__(self, fleet: Fleet, settings: PlanSettings) -> None:
        self._fleet = fleet
        self._settings = settings

    def years(self, owned: Owned) -> float:
        """How long it would still serve."""
        return years_served(
            self._fleet.today,
            support_until=owned.support_until,
            purchased_on=owned.purchased_on,
            planned_life_years=self._settings.prices.planned_life_years,
        )

    def new_price(self, owned: Owned) -> float | None:
        """What replacing it costs; None where nobody entered a price."""
        return price_replacement(self._settings.prices, platform=owned.platform, paid=owned.price)

    def case(self, owned: Owned, grounds: Iterable[Ground] = ()) -> Case:
        """The device with what stands against it."""
        return Case(
            findings=tuple(one.found for one in grounds),
            record=self._fleet.record(owned),
            new_price=self.new_price(owned),
        )

    def refresh(self, owned: Owned, grounds: Iterable[Ground]) -> Remedy:
        """A new device in the place of one whose time is up."""
        case = self.case(owned, grounds)
        return Remedy(step="replace", parts=(), cost=case.new_price, won=win_all(case, table=self._settings.minutes))

    def weigh(self, candidates: Mapping[int, Sequence[Ground]]) -> Weighed:
        """Everything that could be done with these devices, sorted by how it is decided."""
        competing: list[Proposal] = []
        claims: list[Proposal] = []
        refreshes: list[Proposal] = []
        unpriced: list[Proposal] = []
        for key, those in candidates.items():
            owned = self._fleet.owned[key]
            due = [one for one in those if one.found.verdict == "refresh"]
            owed = [one for one in those if one.found.verdict == "claim"]
            rest = [one for one in those if one.found.verdict in {"replace", "repair"}]
            if due:
                refreshes.append(self._propose(owned, self.refresh(owned, due), due))
            if owed:
                claims.append(self._propose(owned, claim(self.case(owned, owed), table=self._settings.minutes), owed))
            elif rest and not (due and self.is_unsupported(key)):
                priced, lacking = self._remedies(owned, rest)
                competing += priced
                unpriced += lacking
        return Weighed(
            competing=tuple(competing),
            claims=_by_minutes(claims),
            refreshes=tuple(sorted(refreshes, key=self._support_end)),
            unpriced=_by_minutes(unpriced),
        )

    def offer(self, proposal: Proposal) -> Offer:
        """The proposal as money and minutes; only of one with a known cost."""
        assert proposal.remedy.cost is not None
        site = self._fleet.owned[proposal.device].site
        return Offer(
            device=proposal.device,
            site=NO_SITE if site is None else site,
            cost=proposal.remedy.cost,
            minutes=proposal.minutes,
        )

    def is_unsupported(self, device: int) -> bool:
        """Whether its maker's support has ended."""
        until = self._fleet.owned[device].support_until
        return until is not None and until < self._fleet.today

    def _remedies(self, owned: Owned, those: Sequence[Ground]) -> tuple[list[Proposal], list[Proposal]]:
        """What is priced, and what is not: where a new device can be weighed, no part that lacks a price is named."""
        found = find_remedies(self.case(owned, those), table=self._settings.minutes, prices=self._settings.prices)
        proposed = [self._propose(owned, one, those) for one in found]
        priced = [one for one in proposed if one.remedy.cost is not None]
        if any(one.remedy.step == "replace" for one in priced):
            return priced, []
        return priced, [one for one in proposed if one.remedy.cost is None and len(one.remedy.parts) <= 1]

    def _propose(self, owned: Owned, remedy: Remedy, those: Sequence[Ground]) -> Proposal:
        answers = [one for one in those if part_of(one.found) in remedy.parts] or list(those)
        answers.sort(key=lambda one: part_of(one.found) is not None)
        return Proposal(device=owned.device, remedy=remedy, years=self.years(owned), answers=tuple(answers))

    @property
    def _support_end(self) -> Callable[[Proposal], tuple[bool, str, int]]:
        def when(one: Proposal) -> tuple[bool, str, int]:
            until = self._fleet.owned[one.device].support_until
            return until is None, "" if until is None else until.isoformat(), one.device

        return when


def _by_minutes(proposals: Iterable[Proposal]) -> tuple[Proposal, ...]:
    return tuple(sorted(proposals, key=lambda one: (-one.minutes, one.device)))
