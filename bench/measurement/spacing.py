"""How far apart evaluations are: by what they read, never by the clock.

A step on a batch reads less than an evaluation on all examples. By default evaluations
are therefore so far apart that they read, in forward passes of one example, no more
than a stated share of what the steps between them read. Where an evaluation is small,
or a step reads all examples, they are not held apart.
"""

from fractions import Fraction
from math import ceil
from typing import Any, NamedTuple

import jax

import problems

from ..core.spec import Batch, Every, Last
from .looks import Looks, NormLooks

SHARE, NORM_SHARE = 1 / 10, 1 / 100
"""Shares of the examples that steps read: those of evaluations, of gradient norms."""
OF_GRADIENT = 3
"""A gradient in forward passes; a step is taken to make one."""
SMALL = 2 * 10**6
"""Parameters times examples of an evaluation that takes about as long as a dispatch."""


class Counts(NamedTuple):
    """What steps and evaluations read.

    Attributes:
        parameters: Of the problem.
        train, held_out: Examples.
        metrics: Whether the problem has metrics.
        batch: Examples of a step; 0 for all.
        last: What the last batch of an epoch holds.
    """

    parameters: int
    train: int
    held_out: int = 0
    metrics: bool = False
    batch: int = 0
    last: Last = "span"

    @classmethod
    def of(cls, problem: Any, params: Any, batch: Batch | None) -> "Counts":
        """Return the counts of a trial."""
        held_out = 0 if problem.held_out is None else problem.held_out.count
        return cls(
            sum(leaf.size for leaf in jax.tree.leaves(problems.params_of(params))),
            problem.train.count,
            held_out,
            getattr(problem, "metrics", None) is not None,
            0 if batch is None else batch.size,
            "span" if batch is None else batch.last,
        )

    @property
    def epoch(self) -> Fraction:
        """Steps in which the training examples are used once; 1 without batches."""
        if not self.batch:
            return Fraction(1)
        batch = Batch(self.batch, last=self.last)
        steps = batch.steps_per_epoch(max(1, self.train))
        return Fraction(steps).limit_denominator(self.batch)

    @property
    def evaluation(self) -> int:
        """Forward passes of one example in an evaluation: losses, and metrics."""
        return self.train + (2 if self.metrics else 1) * self.held_out

    def apart(self, passes: int, share: float) -> int:
        """Return the least steps between evaluations of so many forward passes."""
        if not self.batch or self.parameters * passes < SMALL:
            return 1
        return ceil(passes / (share * OF_GRADIENT * self.batch))


def looks(
    counts: Counts,
    counted: bool,
    every_step: bool = False,
    every: Every = Every(),  # noqa: B008
) -> Looks:
    """Return the steps at which a trial is evaluated.

    Args:
        counts: Of the trial.
        counted: As for `Looks`.
        every_step: As for `Looks`.
        every: Stated by the trial's spec.
    """
    apart = counts.apart(counts.evaluation, SHARE)
    return Looks(counted, every_step, every, counts.epoch, apart)


def norm_looks(counts: Counts) -> NormLooks:
    """Return at which of them the gradient norm over all examples is computed."""
    return NormLooks(counts.apart(OF_GRADIENT * counts.train, NORM_SHARE))
