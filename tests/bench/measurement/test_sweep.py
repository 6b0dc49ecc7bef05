"""SweepProgram of a sweep are the trials that their settings and seeds are alone."""

from dataclasses import replace

import jax
import numpy as np
import pytest

from bench.core.spec import Batch, Budget, Named, Spec, Target
from bench.measurement.meter import READINGS
from bench.measurement.run_trial import SpecTrial
from bench.measurement.runtime import Runtime
from bench.measurement.sweep import SweepTrial, sweep
from bench.measurement.sweep_program import SweepProgram, choice
from bench.measurement.uncountable import UncountableError

QUADRATIC = Named("quadratic", {"spectrum": [1.0, 2.0, 5.0]})
BUDGET = Budget(steps=60, target=Target(suboptimality=1e-2))
RATES = [SweepTrial({"learning_rate": r}, s) for r in (0.01, 0.3, 1.0) for s in (0, 1)]


@pytest.fixture(scope="module")
def lab():
    return Runtime()


def alone(lab, spec, lane):
    """Run a lane as a trial, and return its end and its rows."""
    settings = {**spec.optimizer.settings, **lane.settings}
    named = Named(spec.optimizer.name, settings)
    record, rows = SpecTrial(lab, replace(spec, optimizer=named, seed=lane.seed)).run()
    return record.end, rows


def assert_equal_to_trials(lab, spec, lanes, courses, exactly=True):
    for lane, course in zip(lanes, courses, strict=True):
        end, rows = alone(lab, spec, lane)
        assert course.end == end
        assert course.step.tolist() == [row["step"] for row in rows]
        assert course.readings.tolist() == [[r[k] for k in READINGS] for r in rows]
        losses = [row["loss"] for row in rows]
        within = 0.0 if exactly else 1e-4
        np.testing.assert_allclose(course.loss, losses, rtol=within, atol=within * 1e-2)


def spec_of(name, settings=None, budget=BUDGET, problem=QUADRATIC, **more):
    return Spec(problem, Named(name, settings or {}), budget, every_step=True, **more)


@pytest.mark.parametrize("by", ["vmap", "map"])
def test_lanes_that_reach_diverge_and_run_out_are_those_trials(lab, by):
    spec = spec_of("sgd")
    courses = sweep(lab, spec, RATES, by=by)
    assert {course.end for course in courses} == {"budget", "target", "diverged"}
    assert_equal_to_trials(lab, spec, RATES, courses, exactly=by == "map")


def test_a_lane_that_looks_as_often_as_it_likes_is_counted_for_itself(lab):
    spec = spec_of("keep_stepping", {"max_steps": 5})
    courses = sweep(lab, spec, RATES)
    assert len({int(course.readings[-1, 0]) for course in courses}) > 2
    assert_equal_to_trials(lab, spec, RATES, courses)
    together = sweep(lab, spec, RATES, by="vmap")
    for one, other in zip(courses, together, strict=True):
        assert one.readings.tolist() == other.readings.tolist()


def test_a_line_search_of_optax_is_mapped(lab):
    spec = spec_of("optax.lbfgs", budget=replace(BUDGET, steps=8))
    lanes = [SweepTrial(seed=0), SweepTrial(seed=1)]
    assert_equal_to_trials(lab, spec, lanes, sweep(lab, spec, lanes))
    with pytest.raises(UncountableError, match="vmap"):
        sweep(lab, spec, lanes, by="vmap")


def test_a_budget_of_any_call_is_spent_to_the_call(lab):
    spec = spec_of("keep_stepping", {"max_steps": 2}, Budget(steps=60))
    for course in sweep(lab, spec, RATES[:2], calls={"gradient": 7}):
        assert (course.end, course.reason) == ("budget", "7 gradient")
        assert course.readings[-1, READINGS.index("gradient")] == 7
        assert len(course.step) == len(course.loss) == 8


def test_chunks_shorter_than_the_budget_change_nothing(lab, monkeypatch):
    spec = spec_of("sgd")
    whole = sweep(lab, spec, RATES, by="map")
    monkeypatch.setattr("bench.measurement.sweep_program.LOG_BYTES", {"map": 0})
    parts = sweep(lab, spec, RATES, by="map")
    for one, other in zip(whole, parts, strict=True):
        assert one.end == other.end
        np.testing.assert_array_equal(one.loss, other.loss)
        np.testing.assert_array_equal(one.readings, other.readings)


def test_batches_are_scored_over_all_examples(lab):
    problem = Named("linear_regression", {"rows": 40, "columns": 2})
    budget = Budget(steps=100)
    spec = spec_of("sgd", budget=budget, problem=problem, batch=Batch(5))
    lanes = [SweepTrial({"learning_rate": rate}) for rate in (0.01, 0.05)]
    for lane, course in zip(lanes, sweep(lab, spec, lanes), strict=True):
        assert course.step.tolist() == list(range(0, 101, 2))
        _, rows = alone(lab, spec, lane)
        losses = {row["step"]: row["loss"] for row in rows}
        for step, loss in zip(course.step, course.loss, strict=True):
            if step in losses:
                assert loss == pytest.approx(losses[step], rel=1e-5)


def test_a_target_is_met_at_the_first_loss_no_greater(lab):
    (course,) = sweep(lab, spec_of("sgd"), [SweepTrial({"learning_rate": 0.3})])
    met = course.to(course.loss[3])
    assert met is not None
    assert met.tolist() == course.readings[3].tolist()
    assert course.to(-1.0) is None


def test_settings_that_are_no_floats_have_a_program_each(lab):
    spec = spec_of("keep_stepping", {"learning_rate": 0.1}, Budget(steps=4))
    lanes = [SweepTrial({"max_steps": most}) for most in (1, 3)]
    assert_equal_to_trials(lab, spec, lanes, sweep(lab, spec, lanes))


def test_64_rates_by_16_seeds_are_one_program(lab, monkeypatch):
    made = []
    monkeypatch.setattr(
        "bench.measurement.sweep.SweepProgram",
        lambda *a: made.append(SweepProgram(*a)) or made[-1],
    )
    rates = np.geomspace(1e-3, 0.3, 64)
    lanes = [
        SweepTrial({"learning_rate": float(r)}, s) for r in rates for s in range(16)
    ]
    courses = sweep(lab, spec_of("sgd"), lanes)
    assert [len(one) for one in made] == [1024]
    assert [one.by for one in made] == ["vmap"]
    some = [0, 500, 1023]
    these, theirs = [lanes[i] for i in some], [courses[i] for i in some]
    assert_equal_to_trials(lab, spec_of("sgd"), these, theirs, exactly=False)


def test_a_sweep_without_a_budget_of_steps_is_refused(lab):
    with pytest.raises(ValueError, match="a budget of steps"):
        sweep(lab, spec_of("sgd", budget=Budget()), RATES)


class Branching:
    """Stands for a program whose step calls in a branch."""

    branches = True


class Straight(Branching):
    """Stands for a program whose calls are made by every lane."""

    branches = False


def test_the_choice_goes_by_branches_lanes_and_size(lab):
    problem = lab.problem(spec_of("sgd"))
    starts = np.zeros((200, 3))
    starts = jax.device_put(starts)
    assert choice(Straight(), problem, starts, 200) == "vmap"
    assert choice(Straight(), problem, starts, 20) == "map"
    assert choice(Branching(), problem, starts, 200) == "map"
    large = jax.device_put(np.zeros((200, 2**18), np.float32))
    assert choice(Straight(), problem, large, 200) == "map"
