"""Steps that optimizers need, each at the best point of its grid, seed by seed."""

import numpy as np
import pandas as pd

from ...keeping.reading import Run


def to_target(run: Run, problem: str | None = None) -> pd.DataFrame:
    """Return steps to the target, inf where it was not reached.

    Args:
        run: Whose trials.
        problem: Its label, where the run has more than one.

    Returns:
        A row a seed, a column an optimizer's label.
    """
    trials = run.trials
    if problem is not None:
        trials = trials[trials.problem_label == problem]
    return _best(trials.assign(steps=trials.steps_to_target.fillna(np.inf)))


def to_level(run: Run, problem: str, level: float) -> pd.DataFrame:
    """Return steps until the suboptimality is no more than a level, as `to_target`."""
    traces = run.traces[run.traces.problem == problem]
    reached = traces.step.where(traces.suboptimality <= level, np.inf)
    of_trial = [traces[column] for column in ("optimizer", "seed", "key")]
    first = reached.groupby(of_trial, observed=True).min().rename("steps")
    return _best(first.reset_index().rename(columns={"optimizer": "label"}))


def _best(trials: pd.DataFrame) -> pd.DataFrame:
    return trials.groupby(["seed", "label"], observed=True).steps.min().unstack()
