"""The search goes on at an edge, stays in what a factory takes, and names a winner."""

from math import log10

from bench.config.plan import TuningTask
from bench.config.schema import TuningTable
from bench.core.spec import Named, Spec
from bench.store import trials
from bench.tune.search import NotTuned, chosen, search, tune
from optimizers import LogUniform

QUADRATIC = Named("quadratic", {"spectrum": [1.0, 2.0]})


def task(name="sgd", low=1e-3, high=1e-1, setting="learning_rate", fixed=(), **table):
    spec = Spec(QUADRATIC, Named(name, dict(fixed)))
    chosen = TuningTable(**({"budget": 10.0, "trials": 8} | table))
    return TuningTask.of(spec, {setting: LogUniform(low, high)}, chosen, "cpu")


def bowl(best, setting="learning_rate"):
    """Score a setting by its distance from the best, in decades."""

    def attempt(settings):
        far = [abs(log10(s[setting] / best)) for s in settings]
        rows = [{"cost": d, "final_loss": d, "area": d} for d in far]
        return [{"choose": [row], "score": [row]} for row in rows]

    return attempt


def test_a_best_setting_inside_the_range_is_found_without_widening():
    record = search(task(), bowl(1e-2))
    assert record.widened == 0
    assert len(record.settings) == 8
    assert 10**-2.5 < record.chosen["learning_rate"] < 10**-1.5
    assert record.chosen == record.settings[record.winner]
    assert record.at_edge == []


def test_a_best_setting_beyond_the_range_is_walked_to():
    record = search(task(), bowl(0.5))
    assert record.widened == 1
    assert record.ranges == {"learning_rate": [1e-3, 1.0]}
    assert len(record.settings) == 12
    assert 0.1 < record.chosen["learning_rate"] < 1.0


def test_a_range_is_widened_as_often_as_is_stated_and_the_edge_is_said():
    record = search(task(widen=1), bowl(1e3))
    assert record.widened == 1
    assert record.at_edge == ["learning_rate"]
    assert search(task(widen=0), bowl(1e3)).widened == 0


def test_a_range_is_not_widened_to_what_the_factory_refuses():
    fixed = {"learning_rate": 0.1}
    own = {"setting": "b1", "low": 0.05, "high": 0.5, "fixed": fixed}
    assert search(task("adam", **own), bowl(0.9, "b1")).widened == 0
    own = {"setting": "eps", "low": 0.05, "high": 0.5, "fixed": fixed}
    assert search(task("adam", **own), bowl(0.9, "eps")).widened == 1


def test_other_trials_are_another_task_and_another_word_is_not():
    assert task().key == task().key == task(untuned=False).key
    assert len({task().key, task(trials=9).key, task(high=1.0).key}) == 3


def refused(settings):
    """Try nothing."""
    raise NotTuned("so it is")


def test_settings_that_could_not_be_tried_leave_the_reason_and_choose_nothing():
    record = search(task(), refused)
    assert (record.reason, record.winner, record.chosen) == ("so it is", None, None)
    assert (record.key, record.label) == (task().key, "sgd")
    assert record.criterion == "cost"
    assert chosen([record, None]) == {}


def test_tasks_are_tuned_once_and_kept_in_the_folder(folder):
    tasks = [task(), task("momentum", fixed={"decay": 0.9})]
    best = {tasks[0].key: bowl(1e-2), tasks[1].key: refused}
    lines = []
    tune(tasks, folder, lambda each: best[each.key], lines.append)
    first, second = (trials.read_tuning(folder, each.key) for each in tasks)
    assert first == search(tasks[0], bowl(1e-2))
    rate = first.chosen["learning_rate"]
    assert lines == [
        f"[tuning 1/2] quadratic sgd: learning_rate {rate:g} of 8 settings",
        "[tuning 2/2] quadratic momentum: not tuned: so it is",
    ]
    assert chosen([first, second]) == {tasks[0].key: {"learning_rate": rate}}
    tune(tasks, folder, lambda each: refused, lines.append)
    assert len(lines) == 2
    assert trials.load_tuning(folder) == sorted([first, second], key=lambda r: r.key)
    record = folder / "tuning" / f"{tasks[0].key}.json"
    record.write_text("spoilt")
    tune(tasks, folder, lambda each: best[each.key], lines.append)
    assert len(lines) == 4
    assert lines[2].startswith(f"{record}: not JSON: ")
    aside = folder / "tuning" / "set-aside" / f"{tasks[0].key}.0.json"
    assert aside.read_text() == "spoilt"
    assert trials.read_tuning(folder, tasks[0].key) == first
