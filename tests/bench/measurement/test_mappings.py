"""A process gives up programs before it holds more than its system lets it."""

import pytest

from bench.core.spec import Budget, Named, Spec
from bench.measurement import runtime as mappings
from bench.measurement.run_trial import SpecTrial
from bench.measurement.runtime import LOOK_EVERY, Runtime


@pytest.mark.parametrize(("allowed", "crowded"), [("6", True), ("10", False)])
def test_a_process_is_crowded_near_what_is_allowed(
    tmp_path, monkeypatch, allowed, crowded
):
    (tmp_path / "held").write_text("one\n" * 5)
    (tmp_path / "allowed").write_text(f"{allowed}\n")
    monkeypatch.setattr(mappings, "_HELD", tmp_path / "held")
    monkeypatch.setattr(mappings, "_ALLOWED", tmp_path / "allowed")
    assert mappings.crowded() == crowded
    (tmp_path / "allowed").unlink()
    assert not mappings.crowded()


def test_a_crowded_process_forgets_programs_and_goes_on(monkeypatch):
    lab, looks = Runtime(), []
    monkeypatch.setattr(
        "bench.measurement.runtime.crowded", lambda: looks.append(1) or True
    )

    def end(optimizer):
        named = Named(optimizer, {"learning_rate": 0.1})
        spec = Spec(Named("quadratic"), named, Budget(steps=5))
        return SpecTrial(lab, spec).run()[0]["end"]

    ends = [end("sgd") for _ in range(LOOK_EVERY - 1)]
    assert (lab.compilations, len(looks)) == (1, 0)
    ends.append(end("momentum"))
    assert (lab.compilations, len(looks)) == (1, 1)
    ends.append(end("sgd"))
    assert set(ends) == {"budget"}
