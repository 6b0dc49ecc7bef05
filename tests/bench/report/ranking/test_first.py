"""Which optimizers to try first on one problem."""

from dataclasses import replace

import pytest

from bench.report.groups import Results
from bench.report.ranking.first import First
from bench.store.run import load

from ...synthetic_run import Course, Racer, change, key_of, write_run
from .fields import CONFIG, versions

RATES = {"a": 0.3, "b": 0.4, "c": 0.5, "d": 0.6, "e": 0.7, "f": 0.8}
RACERS = [racer for name, rate in RATES.items() for racer in versions(name, rate)]
RACERS.append(Racer("fixed", 0.35))


def first(folder, course):
    write_run(folder, [course], RACERS[::-1], 3, config=CONFIG)
    return First(Results(load(folder)))


def test_the_cheapest_to_the_target_come_first_tuned_and_untuned(tmp_path):
    found = first(tmp_path, Course("bowl", steps=100))
    assert [one.family for one in found.best(tuned=True)] == [*"a", "fixed", *"bcd"]
    assert [one.family for one in found.best(tuned=False)] == ["fixed", *"abcd"]
    costs = {one.family: one.calls for one in found.best(tuned=True)}
    assert (
        f"when tuned: a ({costs['a']:g}); fixed ({costs['fixed']:.1f})" in found.text()
    )


def test_without_a_target_the_least_final_loss_comes_first(tmp_path):
    found = first(tmp_path, Course("bowl", target=None, steps=5))
    assert [one.family for one in found.best(tuned=True)] == [*"a", "fixed", *"bcd"]
    losses = [one.loss for one in found.order]
    assert losses == sorted(losses)
    assert "State one with --target" in found.text()


def test_what_diverges_or_does_not_apply_is_not_recommended(tmp_path):
    course = Course("bowl", target=None, steps=5)
    write_run(tmp_path, [course], RACERS, 3, config=CONFIG)
    for seed in range(3):
        change(
            tmp_path, key_of(course, RACERS[0], seed), final_loss=None, end="diverged"
        )
        gone = {"end": "skipped", "reason": "needs matrices"}
        change(tmp_path, key_of(course, RACERS[2], seed), **gone)
    found = First(Results(load(tmp_path)), {"old": "unknown name"})
    assert [one.family for one in found.best(tuned=True)] == ["fixed", *"cdef"]
    text = found.text()
    assert "Left out: old (unknown name)." in text
    assert "b (needs matrices)" in text


@pytest.mark.parametrize("label", ["<i>|", "a_b*c*"])
def test_labels_are_text(tmp_path, label):
    course = replace(Course(), label=label)
    assert "<i>|" not in first(tmp_path, course).text()
