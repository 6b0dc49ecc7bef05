"""Which loss of a trial counts: each step's own, or one evaluated afterwards."""

import numpy as np
import pytest

from bench.core.readings import COUNT, READINGS, zeros
from bench.measurement.budget import NO_TARGET
from bench.measurement.trace import EvaluatedLosses, StepLosses, Trace, spent_at

TARGETS = [0.5, 0.1]


def readings(rows):
    """Return int64[rows + 1, kinds]: a gradient a step."""
    counts = np.zeros((rows + 1, COUNT), np.int64)
    counts[:, READINGS.index("gradient")] = np.arange(rows + 1)
    return counts


def trace_of(losses, **how):
    """Return a trace of a chunk that takes a second a step."""
    trace, count = Trace(every_step=True, **how), len(losses)
    trace.add(0, (0.0, float(count)), np.array(losses), readings(count))
    return trace


def clock(row):
    return float(row), True


def test_of_step_losses_the_program_stops_at_the_last_target():
    assert StepLosses(TARGETS).program_target == 0.1
    assert StepLosses([]).program_target == NO_TARGET
    assert EvaluatedLosses(TARGETS).program_target == NO_TARGET


def test_of_step_losses_the_first_step_that_reaches_each_target_counts():
    losses = np.array([1.0, 0.6, 0.4, 0.3, 0.05])
    by_step, trace = StepLosses(TARGETS), trace_of(losses)
    by_step.see_chunk(0, losses, readings(5), clock)
    params, reached = by_step.finish(trace, "params")
    assert params == "params"
    assert [(at.loss, at.steps, at.seconds) for at in reached] == [
        (0.5, 2, 2.0),
        (0.1, 4, 4.0),
    ]
    assert [at.readings["gradient"] for at in reached] == [2, 4]
    assert by_step.reached(trace) == ("", "")  # the compiled steps end the trial


def test_of_step_losses_an_evaluation_is_for_people_alone():
    by_step, trace = StepLosses(TARGETS), trace_of([1.0, 0.6])
    by_step.see_evaluation(1, "params", 0.0)
    trace.add_evaluation(1, {"loss": 0.0, "gradient_norm": 2.0})
    assert by_step.finish(trace, "last") == ("last", [])
    rows = trace.rows(None, 1)
    assert [row["loss"] for row in rows] == [1.0, 0.6]
    assert rows[1]["gradient_norm"] == 2.0


def test_of_step_losses_the_one_that_ended_the_trial_is_a_row():
    by_step, trace = StepLosses(TARGETS), trace_of([1.0, 0.6])
    by_step.see_last(trace, 2, 0.05)
    assert [row["loss"] for row in trace.rows(None, 1)] == [1.0, 0.6, 0.05]


def evaluated(losses, targets=TARGETS):
    """Return evaluated losses, and their trace, of which each step was evaluated."""
    own = [9.0] * (len(losses) - 1)  # of a batch: they do not count
    kept, trace = EvaluatedLosses(targets), trace_of(own, rows_need_evaluation=True)
    kept.see_chunk(0, np.array(own), readings(len(own)), clock)
    for step, loss in losses.items():
        trace.add_evaluation(step, {"loss": loss})
        kept.see_evaluation(step, f"params of {step}", loss)
    return kept, trace


def test_of_evaluated_losses_the_rows_are_the_evaluations():
    _, trace = evaluated({0: 1.0, 1: 0.8, 2: 0.7})
    assert [row["loss"] for row in trace.rows(None, 1)] == [1.0, 0.8, 0.7]


@pytest.mark.parametrize("order", [(0, 4, 3, 2, 1), (0, 1, 2, 3, 4), (0, 3, 4, 1, 2)])
def test_of_evaluated_losses_the_earliest_point_at_the_target_is_the_answer(order):
    losses = (1.0, 0.7, 0.4, 0.09, 0.05)
    kept, trace = evaluated({step: losses[step] for step in order})
    assert kept.reached(trace) == (
        "target",
        "evaluated at or below the target after 3 steps",
    )
    row = kept.first_reached(trace)
    steps, seconds, spent = spent_at(row)
    assert (steps, seconds, spent.tolist()) == (3, 3.0, readings(3)[3].tolist())
    answer, reached = kept.finish(trace, "last")
    assert answer == "params of 3"
    assert [(at.loss, at.steps) for at in reached] == [(0.5, 2), (0.1, 3)]
    assert trace.steps() == [0, 1, 2, 3]  # what came after is dropped


def test_of_evaluated_losses_a_target_that_is_not_reached_ends_nothing():
    kept, trace = evaluated({0: 1.0, 1: 0.8, 2: 0.4})
    assert kept.reached(trace) == ("", "")
    assert kept.first_reached(trace) is None
    answer, reached = kept.finish(trace, "last")
    assert answer is None
    assert [at.loss for at in reached] == [0.5]


@pytest.mark.parametrize(("loss", "rows"), [(np.inf, 3), (0.5, 2)])
def test_of_evaluated_losses_only_one_without_an_evaluation_is_a_row(loss, rows):
    """A loss that is no number has no evaluation; any other was a batch's."""
    kept, trace = evaluated({0: 1.0, 1: 0.8})
    trace.add(1, (1.0, 2.0), np.array([9.0]), readings(1))
    kept.see_last(trace, 2, loss)
    assert len(trace.rows(None, 1)) == rows


def test_short_trials_are_evaluated_evenly_in_the_logarithm():
    recorded = list(range(1001))
    chosen = StepLosses([]).steps_to_evaluate(recorded, every_step=True)
    assert chosen[:3] == [1, 2, 3]
    ratios = np.diff(np.log10(chosen[-8:]))
    assert ratios == pytest.approx(1 / 8, abs=0.01)
    assert EvaluatedLosses([]).steps_to_evaluate(recorded, False) == chosen
    every = EvaluatedLosses([]).steps_to_evaluate(recorded, True)
    assert set(chosen) < set(every)
    assert np.diff(every).max() <= 2


def test_readings_at_the_start_are_zero():
    row = {"step": 0, "seconds": 0.0} | dict(zip(READINGS, zeros(), strict=True))
    steps, seconds, spent = spent_at(row)
    assert (steps, seconds, spent.tolist()) == (0, 0.0, [0] * COUNT)
