"""Ranks by profile area, with bootstrap probabilities."""

import numpy as np

from .intervals import medians
from .profiles import CAP, areas

RESAMPLES = 2000
_DIGITS = 12
"""Areas that agree to this number of digits are a tie: they differ by rounding."""


def ranks(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first and the last rank of each solver; they differ in a tie.

    Args:
        scores: float[..., solvers], the largest first; nan comes last.

    Returns:
        Two int[..., solvers], from 1 on.
    """
    order = -np.where(np.isnan(scores), -1.0, np.round(scores, _DIGITS))
    own, others = order[..., :, None], order[..., None, :]
    return 1 + (others < own).sum(-1), (others <= own).sum(-1)


def rank_chances(
    costs: np.ndarray, cap: float = CAP, resamples: int = RESAMPLES, seed: int = 0
) -> np.ndarray:
    """Return the bootstrap probability of each rank, for each solver.

    Problems are drawn with replacement, and for each problem its seeds, the same for
    all solvers, which preserves the correlation of their costs. If solvers were tuned
    with several draw seeds, these are drawn for each problem and each solver, because
    settings of different solvers are drawn independently. Solvers are ranked by the
    profile area of the medians; a tie shares its ranks evenly. In a resample without
    any problem that a solver applies to, it has the area of all problems.

    Args:
        costs: float[problems, solvers, seeds] or, with draw seeds, float[problems,
            solvers, draw_seeds, seeds]; inf for never, nan if the solver does not apply
            or the cost is missing. A solver that is not tuned has the same costs for
            each draw seed.
        cap: As in `areas`.
        resamples: The number of resamples.
        seed: Determines the draws.

    Returns:
        float[solvers, ranks]; rows and columns sum to 1. Solvers without any known cost
        have the last ranks.

    References:
        Davison and Hinkley, "Bootstrap Methods and their Application", 1997, section
        3.8; Hall and Miller, "Using the bootstrap to quantify the authority of an
        empirical ranking", Annals of Statistics 37, 2009.
    """
    drawn = resampled_areas(costs, cap, resamples, seed)
    whole = areas(medians(costs.reshape(*costs.shape[:2], -1)), cap)
    first, last = ranks(np.where(np.isnan(drawn), whole, drawn))
    share = 1 / (last - first + 1)
    ranked = range(1, costs.shape[1] + 1)
    columns = [np.mean(((first <= r) & (r <= last)) * share, axis=0) for r in ranked]
    return np.stack(columns, axis=1)


def resampled_areas(
    costs: np.ndarray, cap: float, resamples: int, seed: int
) -> np.ndarray:
    """Return the areas of each resample: float[resamples, solvers]."""
    draw = np.random.default_rng(seed)
    whole = costs if costs.ndim == 4 else costs[:, :, None]
    problems, solvers, draws, seeds = whole.shape
    by_seed = whole.transpose(0, 3, 1, 2)
    costs_drawn = np.empty((resamples, problems, solvers))
    for place in range(problems):
        problem = draw.integers(problems, size=(resamples, 1))
        drawn = by_seed[problem, draw.integers(seeds, size=(resamples, seeds))]
        if draws > 1:
            settings = draw.integers(draws, size=(resamples, 1, solvers, draws))
            drawn = np.take_along_axis(drawn, settings, axis=3)
        flat = np.moveaxis(drawn, 3, 1).reshape(resamples, draws * seeds, solvers)
        costs_drawn[:, place] = medians(flat, axis=1)
    return areas(costs_drawn, cap)


def likely_ranks(
    chances: np.ndarray, confidence: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Return each solver's likely ranks, with equal probability on both sides.

    Args:
        chances: float[solvers, ranks], from `rank_chances`.
        confidence: Least probability of these ranks, in (0, 1).

    Returns:
        Two int[solvers], from 1 on.
    """
    outside = (1 - confidence) / 2
    up_to = chances.cumsum(axis=1) - 1e-9  # rounding must not move it across the bound
    low = (up_to <= outside).sum(axis=1)
    high = (up_to < 1 - outside - 2e-9).sum(axis=1)
    last = chances.shape[1] - 1
    return np.minimum(low, last) + 1, np.minimum(high, last) + 1
