"""Each problem is certified once; what it rules out is refused before its trials."""

from dataclasses import replace

import pytest
from threadpoolctl import threadpool_info

import bench
from bench.core.errors import ConfigError
from bench.core.least_loss import LeastLoss
from bench.core.records import TrialRecord
from bench.core.spec import Batch, Budget, Named, Spec, Target
from bench.execute.certificates import Certificates, refuse_impossible
from bench.execute.executor import Answer, Certify, Lost
from bench.execute.pool import Pool
from bench.execute.progress import Lines
from bench.measurement import preparation
from bench.measurement.preparation import impossible
from bench.store import folder as run_folder


def spec(label="a", target=None, **more):
    budget = Budget(target=target)
    return Spec(Named(label), Named("sgd"), budget, problem_label=label, **more)


class Certifier:
    """An executor that certifies problems as a test states."""

    def __init__(self, **answers):
        self.answers, self.asked = answers, []

    def submit(self, job):
        assert isinstance(job, Certify)
        self.asked.append(job.spec.problem.name)
        yield self.answers[job.spec.problem.name]

    def start(self):
        pass

    def close(self):
        pass


def one(executor):
    """Return a pool of one executor."""
    return Pool(lambda: executor, 1)


FOUND = Answer({"parameters": 3, "examples": 50, "optimum": 1.0, "certificate": None})
LATE = Lost("no certificate within 60 s")


@pytest.fixture
def certificates(folder):
    run_folder.prepare(folder)
    return Certificates(folder, 60.0, Lines())


def test_each_problem_is_certified_once(certificates):
    executor = Certifier(a=FOUND, b=FOUND)
    for seed in range(3):
        certificates.complete(
            one(executor), [spec("a", seed=seed), spec("b", seed=seed)]
        )
    assert executor.asked == ["a", "b"]
    assert certificates.least(spec("a", seed=9)) == LeastLoss(1.0)


def test_the_numbers_that_stand_for_labels_are_said_once_and_kept(
    certificates, folder, capsys
):
    pairs = [[5, 0], *([f"kind {i}", i] for i in range(1, 12))]
    executor = Certifier(a=Answer(FOUND.value | {"labels": pairs}), b=FOUND)
    for _ in range(2):
        certificates.complete(one(executor), [spec("a"), spec("b")])
    shown = ", ".join(f'{i} is "kind {i}"' for i in range(1, 10))
    line = f'problem "a": of the labels, 0 is 5, {shown}, and 2 more\n'
    assert capsys.readouterr().err == line
    assert run_folder.facts_of(folder, spec("a"))["labels"] == pairs
    assert "labels" not in run_folder.facts_of(folder, spec("b"))


def test_one_that_the_machine_may_have_stopped_is_tried_again(certificates):
    executor = Certifier(a=Lost(LATE.reason, unknown=True))
    for _ in range(2):
        certificates.complete(one(executor), [spec("a")])
    assert executor.asked == 2 * ["a", "a"]  # each time once more, alone


def test_one_that_is_late_is_said_and_tried_again_only_with_more_time(
    certificates, folder, capsys
):
    executor = Certifier(a=LATE)
    aiming = spec(target=Target(suboptimality=0.1))
    for _ in range(2):
        certificates.complete(one(executor), [aiming])
    line = 'problem "a": no suboptimality: no certificate within 60 s\n'
    assert capsys.readouterr().err == line
    assert certificates.least(aiming) == LeastLoss(None, LATE.reason)
    done = {
        "1": TrialRecord(spec(key="1"), "budget"),
        "2": TrialRecord(spec(), "failed"),
    }
    assert certificates.ended_before(done) == []
    longer = Certificates(folder, 100.0, Lines())
    longer.complete(one(Certifier(a=FOUND)), [aiming])
    assert certificates.least(aiming) == LeastLoss(1.0)
    assert longer.ended_before(done) == ["1"]
    assert executor.asked == ["a"]


def test_wrong_problems_are_all_named_and_nothing_of_theirs_is_kept(certificates):
    executor = Certifier(
        a=Lost("it is wrong", refused=True), b=FOUND, c=Lost("so is it", refused=True)
    )
    with pytest.raises(ConfigError) as error:
        certificates.complete(one(executor), [spec("a"), spec("b"), spec("c")])
    lines = ('problem "a": it is wrong', 'problem "c": so is it')
    assert error.value.lines == lines
    assert [s.problem_label for s in certificates.lacking([spec("a"), spec("b")])] == [
        "a"
    ]


FACTS = {"examples": 50, "optimum": 1.0}
IMPOSSIBLE = {
    "loss": (
        spec(target=Target(loss=0.9)),
        FACTS,
        "loss 0.9 is below the least loss 1",
    ),
    "one of two": (spec(target=Target(loss=[2.0, 0.5])), FACTS, "target loss 0.5 is"),
    "batch": (spec(batch=Batch(51)), FACTS, "batch of 51 .* more than the 50 training"),
    "none": (
        spec(target=Target(suboptimality=0.1)),
        {"examples": 50, "optimum": None},
        "a suboptimality needs a certified optimum",
    ),
}
POSSIBLE = [
    (spec(target=Target(loss=1.0)), FACTS),
    (spec(target=Target(loss=1.0 - 1e-7)), FACTS),  # by rounding
    (spec(target=Target(suboptimality=1e-9)), FACTS),
    (spec(batch=Batch(50)), FACTS),
    (spec(batch=Batch(51, stream=True)), FACTS),
    (spec(batch=Batch(51, replace=True)), FACTS),
    (spec(batch=Batch(51)), {"examples": 0}),  # skipped, with that reason
    (spec(target=Target(loss=-9.0)), {"optimum": None}),
    (spec(target=Target(suboptimality=0.1)), {"optimum": None, "uncertified": "late"}),
]


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_what_a_problem_rules_out_is_one_line(case):
    asked, facts, words = IMPOSSIBLE[case]
    with pytest.raises(ConfigError, match=f'^problem "a": .*{words}'):
        refuse_impossible([asked, asked], lambda spec: facts)


def test_what_is_possible_passes():
    for asked, facts in POSSIBLE:
        assert list(impossible(asked, facts)) == []


CONFIG = """
name = "small"
budget.steps = 5
budget.target.loss = -1.0
problems = [{ name = "linear_regression", rows = 30, columns = 2, batch = 25 }]
optimizers = [{ name = "sgd", learning_rate = 0.1 }]
"""


def test_an_experiment_refuses_both():
    with pytest.raises(ConfigError) as error:
        bench.experiment(CONFIG)
    batch, target = error.value.lines
    assert "batch of 25 without replacement is more than the 24 training" in batch
    assert "target loss -1 is below the least loss 0.0" in target


def test_a_certificate_is_computed_on_one_blas_thread(monkeypatch):
    threads = []

    def least_loss(problem):
        blas = [p for p in threadpool_info() if p["user_api"] == "blas"]
        threads.extend(pool["num_threads"] for pool in blas)
        return 1.0, None

    monkeypatch.setattr(preparation.problems, "least_loss", least_loss)
    assert preparation.certificate(None) == {"optimum": 1.0, "certificate": None}
    assert threads
    assert set(threads) == {1}


def test_a_metric_that_the_problem_lacks_is_impossible():
    wanted = spec(target=Target(None, None, "held_out_accuracy", 0.9, True))
    facts = {"examples": 5, "held_out": 5, "metrics": ["score"], "optimum": 1.0}
    assert list(impossible(wanted, facts)) == [
        'the problem has no metric "accuracy": its metrics are "score".'
    ]
    has = facts | {"metrics": ["accuracy"]}
    assert list(impossible(wanted, has)) == []
    assert list(impossible(wanted, has | {"held_out": 0})) == [
        "the target is on held_out_accuracy, and the problem has no held-out examples"
    ]
    assert list(impossible(wanted, {"optimum": None})) == []  # facts of before


def test_a_target_may_be_below_the_best_loss_known():
    asked = replace(
        spec(target=Target(loss=0.9)), problem=Named("a", {"best_known": 1})
    )
    assert list(impossible(asked, FACTS)) == []
