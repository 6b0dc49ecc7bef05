"""The search goes on at an edge, stays in what a factory takes, and names a winner."""

from math import log10

from bench.config.schema import TuningTable
from bench.config.tuning_task import Task
from bench.core.spec import Named, Spec
from bench.tune.search import search
from optimizers import LogUniform

QUADRATIC = Named("quadratic", {"spectrum": [1.0, 2.0]})


def task(name="sgd", low=1e-3, high=1e-1, setting="learning_rate", fixed=(), **table):
    spec = Spec(QUADRATIC, Named(name, dict(fixed)))
    chosen = TuningTable(**({"budget": 10.0, "trials": 8} | table))
    return Task.of(spec, {setting: LogUniform(low, high)}, chosen, "cpu")


def bowl(best, setting="learning_rate"):
    """Score a setting by its distance from the best, in decades."""

    def attempt(settings):
        far = [abs(log10(s[setting] / best)) for s in settings]
        rows = [{"cost": d, "final_loss": d, "area": d} for d in far]
        return [{"choose": [row], "score": [row]} for row in rows]

    return attempt


def test_a_best_setting_inside_the_range_is_found_without_widening():
    found = search(task(), bowl(1e-2))
    assert found["widened"] == 0
    assert len(found["settings"]) == 8
    assert 10**-2.5 < found["chosen"]["learning_rate"] < 10**-1.5
    assert found["chosen"] == found["settings"][found["winner"]]
    assert found["at_edge"] == []


def test_a_best_setting_beyond_the_range_is_walked_to():
    found = search(task(), bowl(0.5))
    assert found["widened"] == 1
    assert found["ranges"] == {"learning_rate": [1e-3, 1.0]}
    assert len(found["settings"]) == 12
    assert 0.1 < found["chosen"]["learning_rate"] < 1.0


def test_a_range_is_widened_as_often_as_is_stated_and_the_edge_is_said():
    found = search(task(widen=1), bowl(1e3))
    assert found["widened"] == 1
    assert found["at_edge"] == ["learning_rate"]
    assert search(task(widen=0), bowl(1e3))["widened"] == 0


def test_a_range_is_not_widened_to_what_the_factory_refuses():
    fixed = {"learning_rate": 0.1}
    own = {"setting": "b1", "low": 0.05, "high": 0.5, "fixed": fixed}
    assert search(task("adam", **own), bowl(0.9, "b1"))["widened"] == 0
    own = {"setting": "eps", "low": 0.05, "high": 0.5, "fixed": fixed}
    assert search(task("adam", **own), bowl(0.9, "eps"))["widened"] == 1


def test_other_trials_are_another_task_and_another_word_is_not():
    assert task().key == task().key == task(untuned=False).key
    assert len({task().key, task(trials=9).key, task(high=1.0).key}) == 3
