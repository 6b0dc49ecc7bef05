"""The time left of a run: recorded runs are replayed, and its bookkeeping is checked.

`standing` is the standing comparison with three optimizers and two seeds, `quickstart`
the quickstart, both with nothing cached, on two cores that were otherwise idle.
"""

import json

import pytest

from bench.execute.time_left import USUAL, TimeLeft, Unit

from . import recorded
from .recorded import LOGS, Recording, apply, judged, load, replay

NAMES = sorted(path.stem for path in LOGS.glob("*.json"))
OPTIMIZERS = ("adam", "sgd", "lbfgs", "lion")
PROBLEMS = {"small": 1.0, "medium": 3.0, "large": 10.0}
"""Seconds of a trial."""


def grid(kind, seeds=1):
    return [Unit(kind, p, o) for p in PROBLEMS for o in OPTIMIZERS] * seeds


def spend(work, units, now, seconds):
    """Run units one after another, and return the time."""
    for unit in units:
        work.began(unit, now)
        now += seconds(unit)
        work.ended(unit, now)
    return now


@pytest.mark.parametrize("name", NAMES)
def test_the_time_left_is_right_within_30_percent_from_a_third_on(name):
    points = judged(load(name))
    right = sum(point.error <= 0.3 for point in points)
    assert len(points) > 70
    assert right / len(points) >= 0.95, max(points, key=lambda point: point.error)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_never_negative_and_ends_with_0(name):
    points = list(replay(load(name)))
    assert all(point.estimated >= 0 for point in points)
    assert points[-1].estimated == 0


@pytest.mark.parametrize("kind", ["program", "tuning", "trial", "price"])
def test_more_units_take_more_time(kind):
    work = TimeLeft()
    before = work.seconds(0.0)
    for unit in grid(kind):
        work.planned([unit])
        after = work.seconds(0.0)
        assert after > before
        before = after


def test_the_time_falls_while_units_run_as_expected():
    work = TimeLeft()
    units = grid("tuning")
    work.planned(units)
    usual = USUAL["tuning"]
    now = spend(work, units[:6], 0.0, lambda unit: usual)
    work.began(units[6], now)
    left = [work.seconds(now + x * usual) for x in (0.0, 0.3, 0.6, 0.8, 20.0)]
    assert left == sorted(left, reverse=True)
    assert left[0] - left[1] == pytest.approx(0.3 * usual, rel=0.05)
    assert left[-1] == pytest.approx(5 * usual, rel=0.05)  # of those not begun


def test_units_side_by_side_take_their_share_of_the_wall():
    def left(at_once):
        """Return the time left after 40 of 80 programs of 5 s each."""
        units = [Unit("program", "p", str(i)) for i in range(80)]
        work, now = TimeLeft(), 0.0
        work.planned(units)
        for first in range(0, 40, at_once):
            for unit in units[first : first + at_once]:
                work.began(unit, now)
            now += 5.0
            for unit in units[first : first + at_once]:
                work.ended(unit, now)
        return work.seconds(now)

    assert left(1) == pytest.approx(200, rel=0.1)
    assert left(2) == pytest.approx(100, rel=0.15)
    assert left(4) == pytest.approx(50, rel=0.2)


def test_a_trial_is_predicted_from_its_problem_and_its_optimizer():
    work = TimeLeft()
    units = grid("trial", seeds=4)
    work.planned(units)
    unseen = Unit("trial", "large", "lbfgs")

    def seconds(unit):
        return PROBLEMS[unit.problem] * (1 + 4 * (unit.optimizer == "lbfgs"))

    seen = [unit for unit in units if unit != unseen]
    now = spend(work, seen, 0.0, seconds)
    assert now / len(seen) * 4 < 30  # by their mean alone
    assert work.seconds(now) == pytest.approx(4 * seconds(unseen), rel=0.5)


def test_long_trials_on_one_problem_are_not_drawn_towards_the_usual_seconds():
    work = TimeLeft()
    units = [Unit("trial", "p", str(i)) for i in range(12)] * 2
    work.planned(units)
    now = spend(work, units[:4], 0.0, lambda unit: 60.0)
    assert work.seconds(now) == pytest.approx(20 * 60.0, rel=0.3)


def test_trials_are_predicted_from_the_tuning_of_their_problem():
    def left(problem):
        work = TimeLeft()
        work.planned([*grid("tuning"), Unit("trial", problem, "adam")])
        now = spend(work, grid("tuning"), 0.0, lambda unit: PROBLEMS[unit.problem])
        return work.seconds(now)

    assert left("small") < 0.8 * left("medium") < 0.64 * left("large")


def test_the_first_trial_of_an_optimizer_on_a_problem_does_not_stand_for_the_others():
    work, units = TimeLeft(), [Unit("trial", "p", "o")] * 20
    work.planned(units)
    lasting = iter([5.0] + [0.1] * 5)
    now = spend(work, units[:6], 0.0, lambda unit: next(lasting))
    assert work.seconds(now) == pytest.approx(1.4, rel=0.3)


def test_a_resumed_run_is_estimated_from_what_runs_now():
    work, units = TimeLeft(), [Unit("trial", "p", "o")] * 100
    work.planned(units)
    for unit in units[:50]:  # finished before: they never begin
        work.ended(unit, 0.0)
    now = spend(work, units[50:60], 0.0, lambda unit: 3.0)
    assert work.ended_units["trial"] == 60
    assert work.seconds(now) == pytest.approx(40 * 3.0, rel=0.1)


def test_rounds_that_are_added_add_their_time():
    work, units = TimeLeft(), grid("trial", seeds=2)
    work.planned(units)
    now = spend(work, units, 0.0, lambda unit: PROBLEMS[unit.problem])
    assert work.seconds(now) == 0
    work.planned(grid("trial"))
    assert work.seconds(now) == pytest.approx(4 * sum(PROBLEMS.values()), rel=0.2)


def test_units_of_a_kind_are_replaced():
    work = TimeLeft()
    work.planned([*grid("trial"), Unit("report")])
    spend(work, grid("trial")[:3], 0.0, lambda unit: 1.0)
    work.replanned("trial", grid("trial")[3:5])
    assert work.total_units["trial"] == 5
    assert work.total_units["report"] == 1


def test_a_recording_is_replayed_as_it_was(tmp_path, monkeypatch):
    clock = iter(range(100))
    work = Recording(lambda: float(next(clock)))
    work.planned(grid("trial"))
    work.replanned("trial", grid("trial")[:2])
    for unit in grid("trial")[:2]:
        work.began(unit, 0.0)
        work.ended(unit, 1.0)
    (tmp_path / "log.json").write_text(json.dumps(work.log()))
    monkeypatch.setattr(recorded, "LOGS", tmp_path)
    events = load("log")
    again = TimeLeft()
    for seconds, *event in events:
        apply(again, *event, seconds)
    assert [what for _, what, _, _ in events[-4:]] == ["began", "ended"] * 2
    assert again.total_units == work.total_units == {"trial": 2}
    assert again.ended_units == {"trial": 2}
