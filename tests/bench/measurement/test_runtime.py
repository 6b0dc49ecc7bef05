"""A runtime makes a problem and a program once, and gives programs up in time."""

import numpy as np
import pytest

from bench.core.spec import Budget, Named, Spec
from bench.measurement import programs
from bench.measurement import runtime as runtime_module
from bench.measurement.programs import crowded
from bench.measurement.runtime import LOOK_EVERY, Runtime, SpecTrial


@pytest.mark.parametrize(("allowed", "expected"), [("6", True), ("10", False)])
def test_a_process_is_crowded_near_what_is_allowed(
    tmp_path, monkeypatch, allowed, expected
):
    (tmp_path / "held").write_text("one\n" * 5)
    (tmp_path / "allowed").write_text(f"{allowed}\n")
    monkeypatch.setattr(programs, "_MAPPINGS", tmp_path / "held")
    monkeypatch.setattr(programs, "_MOST_MAPPINGS", tmp_path / "allowed")
    assert crowded() == expected
    (tmp_path / "allowed").unlink()
    assert not crowded()


RATES = np.linspace(0.01, 0.09, LOOK_EVERY - 2).tolist()


def test_a_crowded_process_forgets_programs_and_goes_on(monkeypatch):
    runtime, looks = Runtime(), []
    monkeypatch.setattr(runtime_module, "crowded", lambda: looks.append(1) or True)

    def end(optimizer, rate=0.1, seed=0):
        named = Named(optimizer, {"learning_rate": rate})
        spec = Spec(Named("quadratic"), named, Budget(steps=5), seed=seed)
        return SpecTrial(runtime, spec).run()[0].end

    ends = [end("sgd", seed=seed) for seed in range(LOOK_EVERY)]
    ends += [end("sgd", rate) for rate in RATES]
    assert (runtime.compilations, len(looks)) == (1, 0)
    ends.append(end("momentum"))
    assert (runtime.compilations, len(looks)) == (1, 1)
    ends.append(end("sgd"))
    assert set(ends) == {"budget"}


def spec_of(problem="quadratic", rate=0.1, **more):
    named = Named("sgd", {"learning_rate": rate})
    return Spec(Named(problem), named, Budget(steps=5), **more)


def test_a_problem_and_its_optimum_are_made_once_for_each_dtype(runtime, x64):
    first = runtime.problem(spec_of())
    assert runtime.problem(spec_of(rate=0.2, seed=3)) is first
    assert runtime.problem(spec_of(dtype="float64")) is not first
    assert runtime.optimum(spec_of()) == pytest.approx(first.optimum())
