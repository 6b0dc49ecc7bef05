"""A trial ends for the right reason; timing excludes compilation and evaluation."""

import re
import time

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import optimizers
import problems
from bench.core.at_target import AtTarget
from bench.core.readings import READINGS, zeros
from bench.core.spec import Budget, Named, Spec, Target
from bench.measurement.budget import Spending, target_losses
from bench.measurement.clock import Carry, Chunk
from bench.measurement.runtime import Runtime, SpecTrial
from bench.measurement.targets import Targets, TargetsReached

QUADRATIC = Named("quadratic", {"spectrum": [1.0, 2.0, 5.0]})


def run(runtime, optimizer="sgd", problem=QUADRATIC, settings=None, **budget):
    rate = {"learning_rate": 0.1} if settings is None else settings
    every_step = budget.pop("every_step", False)
    seed, timed = budget.pop("seed", 0), budget.pop("timed", True)
    spec = Spec(
        problem,
        Named(optimizer, rate),
        Budget(**({"seconds": 5.0} | budget)),
        seed=seed,
        every_step=every_step,
        timed=timed,
    )
    return SpecTrial(runtime, spec).run()


def test_losses_are_those_of_a_loop_written_by_hand(runtime):
    _, rows = run(runtime, steps=30)
    quadratic = problems.make("quadratic", spectrum=[1.0, 2.0, 5.0])
    objective = problems.objective(quadratic)
    params, losses = quadratic.init(jax.random.key(0)), []
    for _ in range(31):
        value, gradient = jax.value_and_grad(objective)(params)
        losses.append(float(value))
        params = jax.tree.map(lambda p, g: p - 0.1 * g, params, gradient)
    assert [row["step"] for row in rows] == list(range(31))
    assert [row["loss"] for row in rows] == pytest.approx(losses, rel=1e-5, abs=1e-12)
    assert [row["gradient"] for row in rows] == list(range(31))


def test_a_target_ends_at_the_first_step_that_reaches_it(runtime):
    record, rows = run(runtime, target=Target(suboptimality=1e-3), steps=1000)
    assert record.end == "target"
    assert rows[-1]["loss"] <= record.target_loss < rows[-2]["loss"]
    assert record.steps == rows[-1]["step"] == record.steps_to_target
    assert record.readings_to_target["gradient"] == record.steps
    assert record.seconds_to_target == rows[-1]["seconds"] > 0


def test_a_loss_that_overflows_below_every_target_reaches_none():
    found = TargetsReached(Targets((1.0, 0.5)))
    readings = np.vstack([zeros()] * 4)
    losses = np.array([2.0, 0.9, -np.inf])
    found.see_chunk(0, losses, readings, lambda step: (float(step), True))
    assert [(at.loss, at.steps) for at in found.reached] == [(1.0, 1)]


@pytest.mark.parametrize("optimizer", ["sgd", "calculated_step"])
def test_a_trial_that_is_not_timed_counts_the_same(runtime, optimizer):
    to_come = {"target": Target(suboptimality=[1e-1, 1e-3]), "steps": 1000}
    settings = None if optimizer == "sgd" else {}
    timed, rows = run(runtime, optimizer, settings=settings, **to_come)
    counted, own = run(runtime, optimizer, settings=settings, timed=False, **to_come)
    names = ("end", "steps", "readings", "steps_to_target", "readings_to_target")
    assert [getattr(counted, n) for n in names] == [getattr(timed, n) for n in names]
    assert [row["loss"] for row in own] == [row["loss"] for row in rows]
    for one, other in zip(counted.targets, timed.targets, strict=True):
        assert (one.steps, one.readings) == (other.steps, other.readings)
        assert one.seconds is None
        assert np.isnan(one.cost("seconds", {}))
        assert one.cost("gradient", {}) == other.cost("gradient", {})
    assert (counted.seconds, counted.seconds_to_target) == (0.0, None)
    assert len(timed.replays) > 1
    assert counted.replays == []


@pytest.mark.parametrize(
    ("budget", "spent"),
    [
        ({"steps": 7}, {"gradient": 7}),
        ({"gradients": 9}, {"gradient": 9}),
        ({"steps": 5000}, {"gradient": 5000}),
    ],
)
def test_a_budget_is_spent_to_the_call(runtime, budget, spent):
    slow = {"learning_rate": 1e-5}
    record, _ = run(runtime, settings=slow, **budget)
    assert record.end == "budget"
    assert {k: n for k, n in record.readings.items() if n} == spent


def test_forward_passes_are_budgeted_too(runtime):
    settings = {"learning_rate": 1e-3, "max_steps": 4, "line_form": False}
    record, rows = run(runtime, "keep_stepping", settings=settings, forwards=30)
    assert record.end == "budget"
    assert rows[-2]["forward"] < 30 <= record.readings["forward"] <= 34


def test_seconds_are_budgeted(runtime):
    # at 0, where no step is too small to change params
    problem = Named("quadratic", {**QUADRATIC.settings, "distance": 0.0})
    slow = {"learning_rate": 1e-5}
    record, _ = run(runtime, problem=problem, settings=slow, seconds=0.05)
    assert (record.end, record.reason) == ("budget", "0.05 seconds")
    assert record.seconds == pytest.approx(0.05, rel=0.6)


def test_divergence_is_kept_with_the_step_at_which_it_left(runtime):
    record, rows = run(runtime, settings={"learning_rate": 10.0}, steps=1000)
    assert record.end == "diverged"
    assert not np.isfinite(rows[-1]["loss"])
    assert all(np.isfinite(row["loss"]) for row in rows[:-1])
    assert rows[-1]["step"] == record.steps
    growth = rows[10]["loss"] / rows[9]["loss"]
    assert growth == pytest.approx(49.0**2, rel=1e-3)  # |1 - 10 * 5|²


def test_a_singular_hessian_fails_with_a_sentence(runtime):
    flat = Named("quadratic", {"spectrum": [0.0, 1.0]})
    record, rows = run(runtime, "newton", flat, settings={}, steps=10)
    assert record.end == "failed"
    assert "singular" in record.reason
    assert all(np.isfinite(row["loss"]) for row in rows)


@pytest.mark.parametrize(("loss", "word"), [(np.inf, "diverged"), (1.0, "failed")])
def test_no_step_from_an_infinite_loss_is_no_fault_of_the_optimizer(loss, word):
    state = optimizers.make("newton").init(jnp.ones(2))
    chunk = Chunk(Carry(7, jnp.ones(2), state), rows=1, log=(), ended=True, failed=True)
    assert chunk.why(7, loss)[0] == word


def test_what_does_not_fit_is_skipped_with_the_reason(runtime):
    settings = {"optimizer": {"name": "sgd", "learning_rate": 0.1}}
    record, rows = run(runtime, "optax.contrib.sam", settings=settings)
    assert record.end == "skipped"
    assert record.reason
    assert rows == []


def test_an_exception_in_an_optimizer_fails_its_trial_in_a_line(runtime, tmp_path):
    file = tmp_path / "broken.py"
    file.write_text("def broken():\n    raise RuntimeError('no\\nway')\n")
    record, _ = run(runtime, f"{file}:broken", settings={})
    assert record.end == "failed"
    assert record.reason == "RuntimeError: no (broken.py:2)"


STEPS = {
    "u": "update does not return a pair",
    "(jnp.zeros((4, 4)), s)": r"a step of the shape \(4, 4\) for params of",
    "({'w': u}, s)": "update returns the step",
}


@pytest.mark.parametrize("returned", STEPS)
def test_a_step_that_does_not_fit_the_params_is_a_sentence(runtime, tmp_path, returned):
    file = tmp_path / "unfit.py"
    file.write_text(f"""
import jax.numpy as jnp, optax
def unfit():
    return optax.GradientTransformation(lambda p: (), lambda u, s, p: {returned})
""")
    record, _ = run(runtime, f"{file}:unfit", settings={})
    assert record.end == "failed"
    assert re.match(f"TypeError: .*{STEPS[returned]}", record.reason), record.reason


def test_seeds_and_learning_rates_share_one_compilation():
    runtime = Runtime()
    for seed in range(3):
        for rate in np.geomspace(1e-3, 1e-1, 8):
            settings = {"learning_rate": float(rate)}
            run(runtime, "adam", settings=settings, seed=seed, steps=5)
    assert runtime.compilations == 1


def test_a_traced_learning_rate_gives_what_a_constant_gives(runtime):
    _, ours = run(runtime, "adam", settings={"learning_rate": 0.03}, steps=20)
    quadratic = problems.make("quadratic", spectrum=[1.0, 2.0, 5.0])
    from bench import measure

    theirs = measure(quadratic, optax.adam(0.03), steps=20)
    assert [row["loss"] for row in ours] == pytest.approx(
        theirs["loss"].tolist(), rel=1e-5
    )


def test_seconds_rise_and_only_readings_of_the_clock_are_marked(runtime):
    slow = {"learning_rate": 1e-5}
    _, rows = run(runtime, settings=slow, steps=20_000, every_step=True)
    seconds = np.array([row["seconds"] for row in rows])
    assert (np.diff(seconds) > 0).all()
    assert len(rows) == 20_001
    measured = [row["step"] for row in rows if row["measured"]]
    assert measured[0] == 0
    assert measured[-1] == 20_000
    assert len(measured) < 200


def test_the_clock_and_what_is_off_it_are_the_whole_wall():
    runtime = Runtime()
    problem = Named("mlp", {"rows": 2000, "columns": 10, "hidden": [10]})
    spec = Spec(problem, Named("adam", {"learning_rate": 1e-3}), Budget(seconds=0.5))
    began = time.perf_counter()
    record, _ = SpecTrial(runtime, spec).run()
    wall = time.perf_counter() - began
    parts = ("on_clock_seconds", "compile_seconds", "off_clock_seconds")
    assert sum(getattr(record, part) for part in parts) == pytest.approx(wall, rel=0.05)
    # the last chunk, whose seconds ended the trial, is timed again
    assert record.on_clock_seconds == pytest.approx(record.seconds, rel=0.2)
    assert record.seconds == pytest.approx(0.5, rel=0.2)


def test_evaluations_for_people_are_off_the_clock(runtime, monkeypatch):
    evaluate = type(runtime.evaluator).many

    def slowly(self, problem, points, *parts):
        time.sleep(0.05 * len(points))
        return evaluate(self, problem, points, *parts)

    monkeypatch.setattr(type(runtime.evaluator), "many", slowly)
    record, _ = run(runtime, settings={"learning_rate": 1e-5}, steps=3000)
    assert record.off_clock_seconds > 0.3
    assert record.on_clock_seconds < 0.1


def test_schedule_free_is_scored_at_its_answer(runtime):
    settings = {"learning_rate": 0.1}
    record, rows = run(
        runtime, "optax.contrib.schedule_free_sgd", settings=settings, steps=200
    )
    made = optax.contrib.schedule_free_sgd(0.1)
    quadratic = problems.make("quadratic", spectrum=[1.0, 2.0, 5.0])
    objective = problems.objective(quadratic)
    params = quadratic.init(jax.random.key(0))
    state = made.init(params)
    for _ in range(200):
        updates, state = made.update(jax.grad(objective)(params), state, params)
        params = optax.apply_updates(params, updates)
    answer = optax.contrib.schedule_free_eval_params(state, params)
    assert record.final_loss == pytest.approx(float(objective(answer)), rel=1e-3)
    assert rows[-1]["step"] == 200
    assert 5 < len(rows) < 100


def test_float64_is_as_asked():
    runtime = Runtime()
    budget = Budget(seconds=5.0, steps=3)
    spec = Spec(QUADRATIC, Named("newton", {}), budget, dtype="float64")
    record, _ = SpecTrial(runtime, spec).run()
    assert record.final_loss < 1e-20
    assert not jax.config.read("jax_enable_x64")


@pytest.mark.parametrize(
    "given",
    [
        {"steps": -5},
        {"steps": 2.5},
        {"seconds": -1.0},
        {"seed": "one"},
        {"target": float("nan")},
    ],
)
def test_measure_refuses_what_no_trial_can_spend(given):
    from bench import measure

    quadratic = problems.make("quadratic", spectrum=[1.0, 2.0])
    with pytest.raises(ValueError, match=next(iter(given))):
        measure(quadratic, optimizers.make("sgd", learning_rate=0.1), **given)


def test_measure_refuses_what_is_no_problem_and_no_optimizer():
    from bench import measure

    quadratic = problems.make("quadratic", spectrum=[1.0, 2.0])
    with pytest.raises(ValueError, match="3 is not a problem"):
        measure(3, optimizers.make("sgd", learning_rate=0.1))
    with pytest.raises(ValueError, match="3 is not an optimizer"):
        measure(quadratic, 3)


def test_target_losses():
    assert target_losses(None, 1.0, "float32") == []
    assert target_losses(Target(loss=0.3), None, "float32") == [0.3]
    assert target_losses(Target(loss=[0.1, 0.3]), None, "float32") == [0.3, 0.1]
    assert target_losses(Target(suboptimality=[0.1, 0.5]), 2.0, "float32") == [2.5, 2.1]
    shares = Target(relative_suboptimality=[0.01, 0.5])
    assert target_losses(shares, 2.0, "float32", 12.0) == [7.0, 2.1]
    (tiny,) = target_losses(Target(suboptimality=1e-30), 2.0, "float64")
    assert tiny == pytest.approx(2.0 + 20 * 2.0**-53, abs=1e-18)
    with pytest.raises(ValueError, match="certified optimum"):
        target_losses(Target(suboptimality=1e-3), None, "float32")


def test_a_limit_on_all_calls_ends_at_the_same_step_however_chunks_are_cut(runtime):
    record, rows = run(runtime, forward_equivalents=100, every_step=True)
    assert (record.end, record.reason) == ("budget", "100 forward-pass equivalents")
    assert record.steps == 34  # the first number of gradients of 3 at or above 100
    assert record.readings["gradient"] == 34
    assert rows[-1]["step"] == 34
    expected, _ = run(runtime, steps=34)
    assert record.final_loss == expected.final_loss


def test_a_limit_on_all_calls_prices_a_hessian_by_the_parameters(runtime):
    record, _ = run(runtime, "newton", settings={}, forward_equivalents=1000)
    parameters = 3
    each = 3 + 6 * parameters
    assert record.readings["hessian"] == -(-1000 // each)


def test_a_relative_suboptimality_is_the_same_loss_for_all_seeds(runtime):
    target = Target(relative_suboptimality=1e-2)
    records = [run(runtime, target=target, steps=300, seed=s)[0] for s in (0, 3)]
    first, other = records
    assert first.start_loss != other.start_loss
    assert first.target_loss == other.target_loss
    gap = first.start_loss - first.optimum
    assert first.target_loss == pytest.approx(first.optimum + gap / 100, rel=1e-6)
    assert {record.end for record in records} == {"target"}


def test_several_targets_are_each_what_a_trial_of_its_own_would_say(runtime):
    gaps = [1e-1, 1e-2, 1e-3]
    record, _ = run(runtime, target=Target(suboptimality=gaps), steps=1000)
    alone = [run(runtime, target=Target(suboptimality=g), steps=1000)[0] for g in gaps]
    assert [t.loss for t in record.targets] == [a.target_loss for a in alone]
    assert [t.steps for t in record.targets] == [a.steps for a in alone]
    assert [t.readings for t in record.targets] == [a.readings for a in alone]
    assert record.end == "target"
    assert record.steps == record.targets[-1].steps
    seconds = [t.seconds for t in record.targets]
    assert 0 < seconds[0] <= seconds[1] <= seconds[2] == record.seconds_to_target


def test_a_target_that_is_not_reached_is_a_row_without_a_cost(runtime):
    target = Target(suboptimality=[0.5, 1e-5])
    record, _ = run(runtime, target=target, steps=10)
    first, last = record.targets
    assert record.end == "budget"
    assert first.steps <= 10
    assert last == AtTarget(record.target_loss)


def test_a_target_reached_by_rounding_alone_is_not_reached():
    """f = c + w² with c = 1e4: float32 tells no loss below 1e4 + 5e-4 apart from c."""
    runtime = Runtime()
    runtime.evaluator.exact = lambda problem, params: 1.0
    record, _ = run(runtime, target=Target(suboptimality=1e-3), steps=1000)
    assert (record.end, record.steps_to_target) == ("stalled", None)
    assert record.targets == [AtTarget(record.target_loss)]
    assert "float64" in record.reason


def test_the_loss_at_the_target_is_a_float64_one(runtime):
    record, _ = run(runtime, target=Target(suboptimality=1e-3), steps=1000)
    quadratic = problems.make("quadratic", spectrum=[1.0, 2.0, 5.0])
    x = np.asarray(quadratic.init(jax.random.key(0)))
    spectrum, c = np.array([1.0, 2.0, 5.0], np.float32), np.asarray(quadratic.minimiser)
    for _ in range(record.steps):
        x = x - np.float32(0.1) * (spectrum * (x - c))
    exact = spectrum @ (x.astype(np.float64) - c) ** 2 / 2
    assert record.loss_in_float64 == pytest.approx(exact, rel=1e-6)


def test_examples_are_counted_by_calls(runtime):
    problem = Named("linear_regression", {"rows": 50, "columns": 2, "noise": 0.0})
    settings = {"learning_rate": 1e-3, "max_steps": 3}
    record, _ = run(runtime, "keep_stepping", problem, settings=settings, steps=5)
    calls = sum(record.readings[kind] for kind in READINGS)
    rows = problems.make("linear_regression", **problem.settings).train.inputs.shape[-1]
    assert record.examples == calls * rows


def test_a_trial_ends_before_its_counter_of_steps_wraps():
    spending = Spending(Budget(seconds=1e9))
    assert spending.steps_left(2**31 - 11) == 10
    assert spending.end(2**31 - 1, 1.0, zeros())[0] == "budget"
    assert not spending.end(2**31 - 2, 1.0, zeros())[0]
