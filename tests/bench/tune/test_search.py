"""The search goes on at an edge, refines near the best, and names a winner."""

from math import log10

import pytest

from bench.tune.search import NotTuned, chosen, search

from ..tasks import bowl, task


def test_a_best_setting_inside_the_range_is_found_without_widening():
    record = search(task(), bowl(1e-2))
    assert record.widened == 0
    assert len(record.settings) == 8
    assert 10**-2.5 < record.chosen["learning_rate"] < 10**-1.5
    assert record.chosen == record.settings[record.winner]
    assert record.at_edge == []


def test_a_best_setting_beyond_the_range_is_walked_to():
    record = search(task(), bowl(0.3))
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
    others = [
        task(trials=9),
        task(high=1.0),
        task(draw_seed=1),
        task(untuned_value=0.1),
    ]
    assert len({task().key, *(other.key for other in others)}) == 5


def test_the_untuned_value_is_among_those_tried_and_counts_as_one_of_them():
    record = search(task(untuned_value=0.02), bowl(0.02))
    assert record.settings[0] == record.chosen == {"learning_rate": 0.02}
    assert record.origins == ["untuned"] + ["range"] * 7
    outside = search(task(untuned_value=1e-4, widen=0), bowl(1e-4))
    assert outside.chosen == {"learning_rate": 1e-4}
    assert outside.ranges == {"learning_rate": [1e-4, 1e-1]}
    assert outside.at_edge == ["learning_rate"]


@pytest.mark.parametrize("value", [None, True, {"schedule": "cosine"}])
def test_an_untuned_value_that_is_no_number_is_not_tried(value):
    assert search(task(untuned_value=value), bowl(1e-2)).origins == ["range"] * 8


def test_settings_near_the_best_lie_between_its_neighbours():
    coarse, fine = (search(task(refine=n), bowl(1e-2)) for n in (0, 6))
    assert fine.settings[:8] == coarse.settings
    assert fine.origins == ["range"] * 8 + ["near_best"] * 6
    rates = sorted(own["learning_rate"] for own in coarse.settings)
    place = rates.index(coarse.chosen["learning_rate"])
    below, above = rates[place - 1], rates[place + 1]
    near = [own["learning_rate"] for own in fine.settings[8:]]
    assert all(below < rate < above for rate in near)
    assert max(near) / min(near) > (above / below) ** 0.7
    # A sixth of two eighths of two decades are between neighbours: half of it at most.
    assert abs(log10(fine.chosen["learning_rate"] / 1e-2)) < 0.5 * 2 / 8 * 2 / 6 + 1e-3


def test_a_setting_whose_best_value_is_zero_stays_there():
    def off(settings):
        rows = [
            {"cost": s["damping"], "final_loss": 0.0, "area": 0.0} for s in settings
        ]
        return [{"choose": [row], "score": [row]} for row in rows]

    own = {"setting": "damping", "low": 1e-8, "high": 1.0, "untuned_value": 0.0}
    record = search(task("newton", refine=4, **own), off)
    assert record.chosen == {"damping": 0.0}
    assert (len(record.settings), record.widened, record.at_edge) == (8, 0, [])


def test_the_choice_depends_little_on_the_draw_seed():
    """Seven draws in six decades, then six: 0.14 decades from the best at most."""
    for seed in range(20):
        own = {"low": 1e-5, "high": 10.0, "draw_seed": seed, "untuned_value": 1e-2}
        record = search(task(refine=6, **own), bowl(0.37))
        assert abs(log10(record.chosen["learning_rate"] / 0.37)) < 0.145
        assert record.draw_seed == seed


def test_draws_are_those_of_problem_optimizer_budget_and_draw_seed():
    first = search(task(), bowl(1e-2)).settings
    rates = [own["learning_rate"] for own in first]
    assert rates == PINNED
    for alike in ({"kind": "NVIDIA H100"}, {"dtype": "float64"}, {"score_seeds": [9]}):
        assert search(task(**alike), bowl(1e-2)).settings == first
    for other in ({"draw_seed": 1}, {"budget": 11.0}, {"unit": "gradient"}):
        assert search(task(**other), bowl(1e-2)).settings != first
    assert search(task("adam"), bowl(1e-2)).settings != first


PINNED = [0.06803, 0.02151, 0.0121, 0.006803, 0.003826, 0.00121, 0.002151, 0.03826]
"""The draws on any machine and with any version of Python and of the libraries."""


def refused(settings):
    """Try nothing."""
    raise NotTuned("so it is")


def test_settings_that_could_not_be_tried_leave_the_reason_and_choose_nothing():
    record = search(task(), refused)
    assert (record.reason, record.winner, record.chosen) == ("so it is", None, None)
    assert (record.key, record.label) == (task().key, "sgd")
    assert record.criterion == "cost"
    assert chosen([record, None]) == {}
