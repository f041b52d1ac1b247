"""Compares each model with the others of its platform: by how much it differs, and how sure that is, schools apart."""

from dataclasses import dataclass

import numpy as np
import scipy

from rollcall_collector.judge.arrays import Floats, Ints

WORTH = 1.1
"""Two models are called unlike when one truly has over so many times the other's incidents: less buys nothing."""
_SPREADS = (0.0, 0.1, 0.2, 0.35, 0.5, 0.75, 1.1)
"""Standard deviations of models' logarithms, and of schools': all held for possible, by their likelihood."""
_LEVEL = 3.0  # standard deviation of the common level's logarithm: as good as free
_STEPS, _STILL = 30, 1e-8
_FARTHEST = 12.0  # an effect's logarithm: what is beyond is no rate of a device
_TAIL = 1.6449  # 5 % above it


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelComparison:
    """One entry a group, schools and luck taken out: `times` the others' rate, with its 90 % interval `low`, `high`.

    `others` is the rate that the other groups' devices had, own ones left out. `more` and `less` are the likelihoods
    of truly over WORTH times as many incidents, and of so much fewer.
    """

    times: Floats
    low: Floats
    high: Floats
    others: Floats
    more: Floats
    less: Floats


@dataclass(frozen=True, kw_only=True, slots=True)
class SchoolTally:
    """Incidents and device-years by group and school (groups, schools); `extra` is one entry a group.

    `extra` is how much more its devices differ than chance would make them: so many times fewer they speak for.
    """

    incidents: Floats
    years: Floats
    extra: Floats

    @classmethod
    def of(cls, group: Ints, site: Ints, incidents: Ints, years: Floats, extra: Floats) -> "SchoolTally":
        """From one entry a device."""
        shape = len(extra), int(site.max(initial=0)) + 1
        cell = group * shape[1] + site
        count, served = (np.bincount(cell, weights=one, minlength=shape[0] * shape[1]) for one in (incidents, years))
        return cls(
            incidents=np.asarray(count, dtype=np.float64).reshape(shape),
            years=np.asarray(served, dtype=np.float64).reshape(shape),
            extra=extra,
        )

    def largest_shares(self) -> Floats:
        """The share of each group's years at the school that has most of them."""
        return np.asarray(self.years.max(axis=1) / self.years.sum(axis=1), dtype=np.float64)

    def others(self) -> Floats:
        """The rate of all groups but one, for each one; NaN where nobody else was in use."""
        incidents, years = (one.sum() - one.sum(axis=1) for one in (self.incidents, self.years))
        return np.where(years > 0, incidents / np.maximum(years, 1e-12), np.nan)


def compare(told: SchoolTally) -> ModelComparison:
    """Each group beside all others together, what schools have in common charged to none.

    Incidents are Poisson, over-dispersed by `extra`, with log rate c + u(group) + v(school), u ~ N(0, s), v ~ N(0, t);
    s and t over a grid by their likelihood (Laplace). A generalised linear mixed model as in Breslow & Clayton, JASA
    88 (1993) 9-25; over-dispersion as in McCullagh & Nelder (1989), 4.5. What cannot be told from its school is not
    called: where a model sits at one school, its excess may as well be the school's.
    """
    of_schools = _SPREADS if told.years.shape[1] > 1 else _SPREADS[:1]
    fits = [_Fit.of(told, spread, shared) for spread in _SPREADS for shared in of_schools]
    evidence = np.array([one.evidence for one in fits])
    chance = np.exp(evidence - scipy.special.logsumexp(evidence))
    mean, deviation = (np.stack(column) for column in zip(*(one.beside_others(told) for one in fits), strict=True))
    middle = chance @ mean
    spread = np.sqrt(np.maximum(chance @ (deviation**2 + mean**2) - middle**2, 0))
    wide = np.maximum(deviation, 1e-9)
    return ModelComparison(
        times=np.exp(middle),
        low=np.exp(middle - _TAIL * spread),
        high=np.exp(middle + _TAIL * spread),
        others=told.others(),
        more=chance @ scipy.special.ndtr((mean - np.log(WORTH)) / wide),
        less=chance @ scipy.special.ndtr((-np.log(WORTH) - mean) / wide),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Fit:
    """The likeliest effects of groups under one pair of spreads, with their covariance."""

    groups: Floats
    covariance: Floats
    evidence: float

    @classmethod
    def of(cls, told: SchoolTally, spread: float, shared: float) -> "_Fit":
        """Newton's method on standardised effects, so that a spread of nothing needs no case of its own."""
        usual = (told.incidents.sum() + 0.5) / told.years.sum()
        seen, expected = told.incidents / told.extra[:, None], told.years * usual / told.extra[:, None]
        scale = np.append(_LEVEL, np.full(len(seen), spread))

        def log_rate(own: Floats, school: Floats) -> Floats:
            log = _LEVEL * own[0] + (spread * own[1:])[:, None] + shared * school
            return np.asarray(np.clip(log, -_FARTHEST, _FARTHEST), dtype=np.float64)

        own, school = np.zeros(len(scale)), np.zeros(seen.shape[1])
        for _ in range(_STEPS):
            weight = expected * np.exp(log_rate(own, school))
            left = seen - weight
            slope = scale * np.append(left.sum(), left.sum(axis=1)) - own
            step, of_school = _Curvature.at(weight, scale, shared).solve(slope, shared * left.sum(axis=0) - school)
            farthest = max(float(np.abs(step).max()), float(np.abs(of_school).max()))
            damped = min(1.0, 2.0 / max(farthest, _STILL))
            own, school = own + damped * step, school + damped * of_school
            if farthest < _STILL:
                break
        log = log_rate(own, school)
        weight = expected * np.exp(log)
        curved = _Curvature.at(weight, scale, shared)
        likelihood = float((seen * log).sum() - weight.sum())
        return cls(
            groups=spread * own[1:],
            covariance=np.asarray(spread**2 * np.linalg.inv(curved.reduced)[1:, 1:], dtype=np.float64),
            evidence=likelihood - 0.5 * float(own @ own + school @ school + curved.log_determinant()),
        )

    def beside_others(self, told: SchoolTally) -> tuple[Floats, Floats]:
        """Mean and standard deviation of each group's log rate over that of all others together (delta method)."""
        years = told.years.sum(axis=1)
        weight = np.tile(years * np.exp(self.groups), (len(years), 1))
        np.fill_diagonal(weight, 0)
        total, others = weight.sum(axis=1), np.maximum(years.sum() - years, 1e-12)
        slope = np.eye(len(years)) - weight / np.maximum(total, 1e-12)[:, None]
        mean = self.groups - np.log(np.maximum(total, 1e-12) / others)
        return mean, np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", slope, self.covariance, slope), 0))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Curvature:
    """The second derivative, its schools' part eliminated: that is diagonal, for a device is at one school.

    `reduced` is of the level and the groups, `between` of those with schools, `schools` the diagonal.
    """

    reduced: Floats
    between: Floats
    schools: Floats

    @classmethod
    def at(cls, weight: Floats, scale: Floats, shared: float) -> "_Curvature":
        rows = np.vstack([weight.sum(axis=0), weight])
        whole = np.diag(rows.sum(axis=1))
        whole[0], whole[:, 0] = rows.sum(axis=1), rows.sum(axis=1)
        between = shared * scale[:, None] * rows
        schools = 1 + shared**2 * rows[0]
        own = whole * np.outer(scale, scale) + np.eye(len(scale))
        return cls(reduced=own - (between / schools) @ between.T, between=between, schools=schools)

    def solve(self, slope: Floats, of_schools: Floats) -> tuple[Floats, Floats]:
        """Newton's step, for the level and groups, and for schools."""
        reduced = slope - self.between @ (of_schools / self.schools)
        step = np.asarray(np.linalg.solve(self.reduced, reduced), dtype=np.float64)
        return step, (of_schools - self.between.T @ step) / self.schools

    def log_determinant(self) -> float:
        return float(np.linalg.slogdet(self.reduced)[1] + np.log(self.schools).sum())
