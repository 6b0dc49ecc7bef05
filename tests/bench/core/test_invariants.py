"""What must be true of any run's records, and the line that says so when it is not."""

from dataclasses import replace

from bench.core.invariants import broken, improved, is_below
from bench.core.records import TrialRecord
from bench.core.spec import Named, Spec


def record(seed=0, label="sgd", start=2.0, best=1.0, **more):
    spec = Spec(Named("bowl"), Named(label), seed=seed, problem_label="a bowl", **more)
    known = {"start_loss": start, "best_loss": best, "optimum": 1.0}
    return TrialRecord(spec, "budget", **known)


SOUND = [
    record(seed, label, 2.0 + seed) for seed in (0, 1) for label in ("sgd", "adam")
]


def test_nothing_is_said_of_sound_records():
    rounded = record(1, "lion", 3.0 + 1e-6, best=1.0 - 1e-6)
    unstarted = replace(SOUND[0], start_loss=None, best_loss=None, optimum=None)
    assert broken([*SOUND, rounded, unstarted]) == []
    assert broken([]) == []


def test_starts_of_one_seed_are_the_same():
    moved = [record(1, "lion", 3.1)]
    (line,) = broken([*SOUND, *moved])
    assert line.startswith(
        'problem "a bowl": the trials with seed 1 start at different'
    )
    (line,) = broken([*SOUND, *moved, record(0, "lion", 2.1)])
    assert "seed 0 and 1 more" in line
    assert broken([*SOUND, record(0, "lion", 2.1, dtype="float64")]) == []


def test_no_loss_is_below_the_least_one():
    (line,) = broken([*SOUND, record(0, "lion", best=0.5)])
    words = "lion reached the loss 0.5, below the stated least loss 1"
    assert words in line


def test_rounding_is_the_dtypes():
    assert is_below(1 - 1e-3, 1.0, "float32")
    assert not is_below(1 - 1e-5, 1.0, "float32")
    assert is_below(1 - 1e-8, 1.0, "float64")
    assert not is_below(1 - 1e-11, 1.0, "float64")  # a certificate's own precision
    assert not is_below(None, 1.0, "float32")
    assert not is_below(float("nan"), 1.0, "float32")
    assert not is_below(1.0, None, "float32")


KNOWN = Named("bowl", {"best_known": 1.0})


def of_known(*losses):
    made = (record(seed, best=loss) for seed, loss in enumerate(losses))
    return [replace(one, spec=replace(one.spec, problem=KNOWN)) for one in made]


def test_a_loss_below_the_best_known_is_told_and_breaks_nothing():
    lower = of_known(1.0, 0.75, 0.5)
    assert broken(lower) == []
    (line,) = improved(lower)
    assert "sgd reached the loss 0.5, below the best loss known, 1" in line
    assert line.endswith("state best_known = 0.5 from now on")


def test_the_best_loss_known_and_a_certified_one_are_no_news():
    assert improved(of_known(1.0, 1.0 - 1e-6)) == []
    assert improved([*SOUND, record(0, "lion", best=0.5)]) == []
