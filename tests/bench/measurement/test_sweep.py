"""Each setting of a sweep gives what a separate trial with its seed gives."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from jax import monitoring

from bench.core.readings import READINGS
from bench.core.spec import Batch, Budget, Named, Spec, Target
from bench.measurement import masked, sweep_memory
from bench.measurement.count import UncountableError
from bench.measurement.looks import Looks
from bench.measurement.runtime import Runtime, SpecTrial
from bench.measurement.sweep import SweepTrial, sweep
from bench.measurement.sweep_program import choice

QUADRATIC = Named("quadratic", {"spectrum": [1.0, 2.0, 5.0]})
BUDGET = Budget(steps=60, target=Target(suboptimality=1e-2))
RATES = [SweepTrial({"learning_rate": r}, s) for r in (0.01, 0.3, 1.0) for s in (0, 1)]


def alone(runtime, spec, trial):
    """Run a sweep trial as a separate one, and return its end and its rows."""
    settings = {**spec.optimizer.settings, **trial.settings}
    named = Named(spec.optimizer.name, settings)
    separate = replace(spec, optimizer=named, seed=trial.seed)
    record, rows = SpecTrial(runtime, separate).run()
    return record.end, rows


def assert_equal_to_trials(runtime, spec, trials, traces, exactly=True):
    for trial, trace in zip(trials, traces, strict=True):
        end, rows = alone(runtime, spec, trial)
        assert trace.end == end
        assert trace.step.tolist() == [row["step"] for row in rows]
        assert trace.readings.tolist() == [[r[k] for k in READINGS] for r in rows]
        losses = [row["loss"] for row in rows]
        within = 0.0 if exactly else 1e-4
        np.testing.assert_allclose(trace.loss, losses, rtol=within, atol=within * 1e-2)


def spec_of(name, settings=None, budget=BUDGET, problem=QUADRATIC, **more):
    return Spec(problem, Named(name, settings or {}), budget, every_step=True, **more)


@pytest.mark.parametrize("by", ["vmap", "map"])
def test_trials_that_reach_diverge_and_run_out_are_those_alone(runtime, by):
    spec = spec_of("sgd")
    traces = sweep(runtime, spec, RATES, by=by)
    assert {trace.end for trace in traces} == {"budget", "target", "diverged"}
    assert_equal_to_trials(runtime, spec, RATES, traces, exactly=by == "map")


def test_a_trial_that_looks_as_often_as_it_likes_is_counted_for_itself(runtime):
    spec = spec_of("keep_stepping", {"max_steps": 5})
    traces = sweep(runtime, spec, RATES)
    assert len({int(trace.readings[-1, 0]) for trace in traces}) > 2
    assert_equal_to_trials(runtime, spec, RATES, traces)
    together = sweep(runtime, spec, RATES, by="vmap")
    for one, other in zip(traces, together, strict=True):
        assert one.readings.tolist() == other.readings.tolist()


def test_a_line_search_of_optax_is_mapped(runtime):
    spec = spec_of("optax.lbfgs", budget=replace(BUDGET, steps=8))
    trials = [SweepTrial(seed=0), SweepTrial(seed=1)]
    assert_equal_to_trials(runtime, spec, trials, sweep(runtime, spec, trials))
    with pytest.raises(UncountableError, match="a line search under vmap"):
        sweep(runtime, spec, trials, by="vmap")


def test_a_budget_of_any_call_is_spent_to_the_call(runtime):
    spec = spec_of("keep_stepping", {"max_steps": 2}, Budget(steps=60))
    for trace in sweep(runtime, spec, RATES[:2], calls={"gradient": 7}):
        assert (trace.end, trace.reason) == ("budget", "7 gradient")
        assert trace.readings[-1, READINGS.index("gradient")] == 7
        assert len(trace.step) == len(trace.loss) == 8


@pytest.mark.parametrize("by", ["vmap", "map"])
def test_chunks_shorter_than_the_budget_change_nothing(runtime, monkeypatch, by):
    spec = spec_of("sgd")
    whole = sweep(runtime, spec, RATES, by=by)
    monkeypatch.setattr("bench.measurement.sweep_program.ROWS", 16)
    parts = sweep(runtime, spec, RATES, by=by)
    for one, other in zip(whole, parts, strict=True):
        assert one.end == other.end
        np.testing.assert_array_equal(one.loss, other.loss)
        np.testing.assert_array_equal(one.readings, other.readings)


@pytest.mark.parametrize("by", ["vmap", "map"])
def test_batches_are_evaluated_and_end_where_separate_trials_do(runtime, by):
    """One reaches the target between two looks, one diverges there, one goes on."""
    problem = Named("linear_regression", {"rows": 40, "columns": 2})
    budget = Budget(steps=100, target=Target(suboptimality=1e-2))
    spec = replace(
        spec_of("sgd", budget=budget, problem=problem, batch=Batch(5)),
        every_step=False,
    )
    trials = [SweepTrial({"learning_rate": rate}) for rate in (1e-4, 1.0, 3.0)]
    traces = sweep(runtime, spec, trials, by=by)
    assert [trace.end for trace in traces] == ["budget", "target", "diverged"]
    assert traces[0].step.tolist() == Looks(counted=True).between(-1, 100)
    assert not Looks(counted=True).has(traces[1].step[-1])
    assert_equal_to_trials(runtime, spec, trials, traces, exactly=False)


def test_a_target_is_met_at_the_first_loss_no_greater(runtime):
    (trace,) = sweep(runtime, spec_of("sgd"), [SweepTrial({"learning_rate": 0.3})])
    met = trace.readings_to(trace.loss[3])
    assert met is not None
    assert met.tolist() == trace.readings[3].tolist()
    assert trace.readings_to(-1.0) is None


@pytest.mark.parametrize("by", ["vmap", "map"])
def test_settings_that_are_no_floats_have_a_program_each(runtime, by):
    spec = spec_of("momentum", {"learning_rate": 0.1}, Budget(steps=4))
    trials = [SweepTrial({"nesterov": flag}) for flag in (True, False, True)]
    traces = sweep(runtime, spec, trials, by=by)
    assert_equal_to_trials(runtime, spec, trials, traces, exactly=by == "map")


def test_one_after_another_compiles_what_separate_trials_need_and_no_more(runtime):
    spec = spec_of("optax.polyak_sgd", budget=replace(BUDGET, steps=30))
    trials = [
        SweepTrial({"max_learning_rate": rate}, seed)
        for rate in (0.1, 0.3)
        for seed in (0, 1)
    ]
    alone(runtime, spec, trials[0])  # and evaluates
    sweep(runtime, spec, [SweepTrial({"max_learning_rate": 0.2})])
    compiled = []

    def heard(event, *_, **__):
        compiled.append(event)

    monitoring.register_event_duration_secs_listener(heard)
    try:
        traces = sweep(runtime, spec, trials)
    finally:
        monitoring.unregister_event_duration_listener(heard)
    assert compiled == []
    assert_equal_to_trials(runtime, spec, trials, traces)


def many(rates, seeds):
    """Return sweep trials of so many learning rates and seeds."""
    return [
        SweepTrial({"learning_rate": float(rate)}, seed)
        for rate in np.geomspace(1e-3, 0.3, rates)
        for seed in range(seeds)
    ]


def test_64_rates_by_16_seeds_are_one_program_under_vmap(runtime):
    trials, fits = many(64, 16), []
    traces = sweep(runtime, spec_of("sgd"), trials, by="vmap", tell=fits.append)
    assert [(fit.trials, fit.together) for fit in fits] == [(1024, 1024)]
    some = [0, 500, 1023]
    these, theirs = [trials[i] for i in some], [traces[i] for i in some]
    assert_equal_to_trials(runtime, spec_of("sgd"), these, theirs, exactly=False)


@pytest.mark.parametrize("fixed", [1, 16])
def test_trials_that_do_not_fit_together_run_in_equal_parts(monkeypatch, fixed):
    """The memory that the program states decides; the result is that of one part."""
    monkeypatch.setitem(masked.FIXED, "cpu", fixed)
    runtime, trials, fits = Runtime(), many(5, 2), []
    whole = sweep(runtime, spec_of("sgd"), trials, by="vmap", tell=fits.append)
    room = fits[0].bytes * 0.5 / sweep_memory.SHARE
    monkeypatch.setattr(sweep_memory, "free_bytes", lambda device: int(room))
    parts = sweep(runtime, spec_of("sgd"), trials, by="vmap", tell=fits.append)
    (_, fit) = fits
    assert fit.together < 10
    assert fit.bytes <= 0.5 * fits[0].bytes
    assert fit.free == int(room)
    for one, other in zip(whole, parts, strict=True):
        assert (one.end, one.reason) == (other.end, other.reason)
        np.testing.assert_array_equal(one.readings, other.readings)
        np.testing.assert_allclose(one.loss, other.loss, rtol=1e-5)
    assert_equal_to_trials(runtime, spec_of("sgd"), trials, parts, exactly=False)


def test_trials_of_which_one_fits_run_one_after_another(runtime, monkeypatch):
    monkeypatch.setattr(sweep_memory, "free_bytes", lambda device: 1)
    fits = []
    spec = spec_of("sgd")
    traces = sweep(runtime, spec, RATES, by="vmap", tell=fits.append)
    assert [fit.together for fit in fits] == [1]
    assert_equal_to_trials(runtime, spec, RATES, traces)


@pytest.mark.parametrize(
    ("name", "batch"),
    [("adam", None), ("adam", Batch(5)), ("optax.contrib.schedule_free_sgd", None)],
)
def test_trials_together_in_loops_of_fixed_length_are_those_alone(
    monkeypatch, name, batch
):
    """They reach the target at different steps; those that have are masked."""
    problem = Named("linear_regression", {"rows": 40, "columns": 2})
    budget = Budget(steps=150, target=Target(suboptimality=0.1))
    spec = spec_of(name, budget=budget, problem=problem, batch=batch)
    spec = replace(spec, every_step=False)
    rates = (0.003, 0.03, 0.1)
    trials = [SweepTrial({"learning_rate": r}, s) for r in rates for s in (0, 1)]
    monkeypatch.setitem(masked.FIXED, "cpu", 16)
    traces = sweep(Runtime(), spec, trials, by="vmap")
    monkeypatch.undo()
    assert len({int(trace.step[-1]) for trace in traces}) > 3
    alone = sweep(Runtime(), spec, trials, by="map")
    for one, other in zip(traces, alone, strict=True):
        assert (one.end, one.step.tolist()) == (other.end, other.step.tolist())
        np.testing.assert_array_equal(one.readings, other.readings)
        np.testing.assert_allclose(one.loss, other.loss, rtol=1e-4)


def test_a_sweep_without_a_budget_of_steps_is_refused(runtime):
    with pytest.raises(ValueError, match="a budget of steps"):
        sweep(runtime, spec_of("sgd", budget=Budget()), RATES)


def member(platform="gpu", branches=False) -> Any:
    step = SimpleNamespace(devices=lambda: [SimpleNamespace(platform=platform)])
    ready = SimpleNamespace(program=SimpleNamespace(branches=branches))
    return SimpleNamespace(ready=ready, start=SimpleNamespace(step=step))


def test_the_choice_goes_by_platform_and_branches():
    assert choice(member()) == "vmap"
    assert choice(member("cpu")) == "map"
    assert choice(member(branches=True)) == "map"
