"""Records come back from JSON as they were, and a spoilt value is one clear line."""

import json
from dataclasses import asdict, fields, replace
from math import inf, isnan, nan

import pytest

from bench.core.checking import RecordError, checked
from bench.core.fit import Fit
from bench.core.footprint import Footprint
from bench.core.hosts import Host
from bench.core.records import (
    AtTarget,
    RunRecord,
    TrialRecord,
    TuningRecord,
)
from bench.core.spec import Batch, Budget, Every, Named, Precision, Spec, Target

SPEC = Spec(
    Named("mlp", {"hidden": [4, 4], "l2": 1e-3}),
    Named("optax.chain", {"base": {"name": "sgd", "learning_rate": 0.1}}),
    Budget(seconds=2.5, steps=10, gradients=7, target=Target(loss=[0.5, 0.25])),
    seed=3,
    round=1,
    dtype="float64",
    label="chain, untuned",
    problem_label="net",
    family="chain",
    tuned=False,
    draw_seeds=(0, 2),
    key="mlp-chain-seed_3-0123456789ab",
    gradient="central_difference",
    gradient_step=1e-3,
    batch=Batch(8, replace=True),
    evaluation=Every(epochs=0.5),
    precision=Precision("bfloat16", "float32", "float16"),
    problem_class="network",
    timed=False,
    devices=4,
)
KINDS = ("forward", "point", "gradient", "jvp", "hvp", "hessian")
READ = dict.fromkeys(KINDS, 2)
TRIAL = TrialRecord(
    SPEC,
    "target",
    reason="reached",
    device="cpu",
    steps=9,
    seconds=0.125,
    compile_seconds=0.5,
    cached=False,
    on_clock_seconds=0.125,
    off_clock_seconds=0.25,
    wall_seconds=1.0,
    static_settings=True,
    stand_in="biases: sgd",
    readings=READ,
    replays=[0.1, 0.2],
    optimum=0.125,
    target_loss=0.25,
    targets=[
        AtTarget(0.5, 4, 0.0625, READ, True),
        AtTarget(0.25, metric="held_out_loss"),
    ],
    loss_in_float64=0.25,
    versions={"python": "3.11.7"},
    examples=96,
    start_loss=1.0,
    final_loss=0.25,
    best_loss=0.25,
    seconds_to_target=0.125,
    steps_to_target=9,
    readings_to_target=READ,
    attempt=2,
    csv_sha256="ab" * 32,
    dispatch_seconds=2e-5,
    interruptions=1,
    on_clock_cpu_seconds=0.1,
    others_before=0.5,
    others_after=0.25,
    footprint=Footprint(12, 4, 100, 50, 3.5, 36, 24),
    metrics={
        "held_out_accuracy": {"first": 0.5, "final": 1.0, "best": 1.0, "best_step": 8},
        "held_out_score": {
            "first": 2.0,
            "final": None,
            "best": None,
            "best_step": None,
        },
    },
    host="alpha",
    worker="beta",
    beside=1,
    output="Traceback",
)


def through_json(record):
    """Write a record as JSON text and read it back."""
    return type(record).from_json(json.loads(json.dumps(record.to_json())))


def test_nothing_of_the_examples_is_left_at_its_default():
    """Else a field that is lost on the way would not show."""
    blank = TrialRecord(Spec(Named(""), Named("")), "")
    same = [f.name for f in fields(blank) if getattr(TRIAL, f.name) == f.default]
    assert same == []
    defaults = {f.name: f.default for f in fields(Spec)}
    unchanged = {n for n in defaults if getattr(SPEC, n) == defaults[n]}
    assert unchanged == {"matmul_precision", "every_step"}


def test_a_trial_comes_back_as_it_was():
    assert through_json(TRIAL) == TRIAL
    plain = TrialRecord(Spec(Named("quadratic"), Named("sgd")), "skipped")
    assert through_json(plain) == plain


def test_a_spec_comes_back_as_it_was():
    assert checked(Spec, json.loads(json.dumps(SPEC.to_json()))) == SPEC
    other = replace(SPEC, matmul_precision="default", every_step=True)
    assert checked(Spec, other.to_json()) == other


def test_a_record_holds_its_spec_beside_its_own_values():
    plain = TRIAL.to_json()
    assert list(plain)[: len(fields(Spec))] == [f.name for f in fields(Spec)]
    assert plain["problem"] == asdict(SPEC.problem)
    assert "spec" not in plain
    assert plain["targets"][1] == {"loss": 0.25, "metric": "held_out_loss"}
    assert "metric" not in plain["targets"][0]


@pytest.mark.parametrize("loss", [nan, inf, -inf])
def test_a_loss_that_is_no_number_comes_back(loss):
    diverged = replace(TRIAL, end="diverged", final_loss=loss, start_loss=loss)
    record = through_json(diverged)
    assert repr(record.final_loss) == repr(loss)
    assert repr(record.start_loss) == repr(loss)
    assert record.best_loss == 0.25


@pytest.mark.parametrize("value", [1e-300, 0.1, 1 / 3, 2.0**60, -0.0, 5e-324])
def test_doubles_come_back_exactly(value):
    record = through_json(replace(TRIAL, final_loss=value, seconds=value))
    assert repr(record.final_loss) == repr(record.seconds) == repr(value)


def test_what_a_later_version_adds_is_passed_over():
    assert TrialRecord.from_json(TRIAL.to_json() | {"colour": "blue"}) == TRIAL


def test_a_record_from_before_a_field_was_added_is_read():
    plain = TRIAL.to_json()
    assert TrialRecord.from_json(plain).dispatch_seconds == 2e-5
    del plain["dispatch_seconds"]
    assert TrialRecord.from_json(plain).dispatch_seconds is None


def test_a_label_that_is_not_there_is_the_name():
    plain = {"problem": {"name": "p"}, "optimizer": {"name": "o"}}
    spec = checked(Spec, plain)
    assert (spec.label, spec.family, spec.problem_label) == ("o", "o", "p")


SPOILT_TRIAL = [
    ("end", 1, "'end' is 1"),
    ("end", None, "'end' is None"),
    ("steps", "9", "'steps' is '9'"),
    ("steps", 9.5, "'steps' is 9.5"),
    ("steps", True, "'steps' is True"),
    ("seconds", "0.1", "'seconds' is '0.1'"),
    ("cached", 1, "'cached' is 1"),
    ("readings", [1, 2], "'readings' is [1, 2]"),
    ("readings", {"forward": 0.5}, "'readings.forward' is 0.5"),
    ("replays", [0.1, "x"], "'replays.1' is 'x'"),
    ("targets", [{"loss": "low"}], "'targets.0.loss' is 'low'"),
    ("targets", [{}], "no 'targets.0.loss'"),
    ("versions", {"jax": 1}, "'versions.jax' is 1"),
    ("seed", 0.5, "'seed' is 0.5"),
    ("problem", "mlp", "'problem' is 'mlp'"),
    ("problem", {"settings": {}}, "no 'problem.name'"),
    ("batch", {"size": 0}, "'batch.size' is 0"),
    ("csv_sha256", 7, "'csv_sha256' is 7"),
]


@pytest.mark.parametrize(("name", "value", "line"), SPOILT_TRIAL)
def test_a_spoilt_value_of_a_trial_is_one_clear_line(name, value, line):
    with pytest.raises(RecordError) as caught:
        TrialRecord.from_json(TRIAL.to_json() | {name: value})
    assert str(caught.value) == line


@pytest.mark.parametrize("name", ["problem", "optimizer", "end"])
def test_a_trial_without_what_is_needed_is_one_clear_line(name):
    plain = TRIAL.to_json()
    del plain[name]
    with pytest.raises(RecordError) as caught:
        TrialRecord.from_json(plain)
    assert str(caught.value) == f"no '{name}'"


def score(value, end="budget"):
    return {"end": end, "cost": value, "final_loss": value, "area": value}


TUNING = TuningRecord(
    key="mlp-sgd-tuned-0123456789ab",
    problem_label="net",
    label="sgd",
    problem=SPEC.problem,
    optimizer=Named("sgd", {"momentum": 0.9}),
    table={"budget": 10.0, "unit": "gradient", "criterion": "cost", "seeds": [1, 2]},
    ranges={"learning_rate": [1e-3, 1.0]},
    widened=1,
    settings=[{"learning_rate": 0.1}, {"learning_rate": 1.0}],
    origins=["untuned", "beyond"],
    draw_seed=3,
    scores=[
        {"choose": [score(2.0), score(3.5)], "score": [score(1.0)]},
        {"choose": [score(inf, "diverged"), score(4.0)], "score": [score(inf)]},
    ],
    winner=0,
    at_edge=["learning_rate"],
    fits=[Fit(24, 12, 3_000_000, 4_000_000), Fit(6, 6)],
)


def test_a_tuning_comes_back_as_it_was_its_infinities_among_it():
    assert through_json(TUNING) == TUNING
    row = through_json(TUNING).scores[1]["choose"][0]
    assert row == {"end": "diverged", "cost": inf, "final_loss": inf, "area": inf}


def test_a_tuning_s_json_is_json_that_others_read():
    """Infinity is no JSON: it is null there."""
    text = json.dumps(TUNING.to_json(), allow_nan=False)
    row = json.loads(text)["scores"][1]["choose"][0]
    assert row == {"end": "diverged", "cost": None, "final_loss": None, "area": None}
    assert json.loads(text)["chosen"] == {"learning_rate": 0.1}


def test_writing_a_tuning_leaves_it_as_it_was():
    TUNING.to_json()
    assert TUNING.scores[1]["choose"][0]["cost"] == inf


def test_a_tuning_that_came_to_nothing_comes_back():
    nothing = replace(
        TUNING, settings=[], origins=[], scores=[], winner=None, reason="so it is"
    )
    assert through_json(nothing) == nothing
    assert nothing.chosen is None
    assert "chosen" not in nothing.to_json()


def test_what_a_tuning_chose():
    assert TUNING.chosen == {"learning_rate": 0.1}
    assert replace(TUNING, winner=1).chosen == {"learning_rate": 1.0}
    assert (TUNING.criterion, TUNING.unit) == ("cost", "gradient")


SPOILT_TUNING = [
    ("winner", "first", "'winner' is 'first'"),
    ("settings", [{"learning_rate": "big"}], "'settings.0.learning_rate' is 'big'"),
    ("scores", [[]], "'scores.0' is []"),
    ("scores", [{}], "no 'scores.0.choose'"),
    ("winner", 2, "'winner' is 2"),
    ("ranges", {"learning_rate": 1.0}, "'ranges.learning_rate' is 1.0"),
    ("origins", ["range"], "'origins' has 1, 'settings' 2"),
    ("origins", ["range", "luck"], "'origins.1' is 'luck'"),
    ("draw_seed", 0.5, "'draw_seed' is 0.5"),
    ("widened", 0.5, "'widened' is 0.5"),
    ("optimizer", {"settings": {}}, "no 'optimizer.name'"),
]


@pytest.mark.parametrize(("name", "value", "line"), SPOILT_TUNING)
def test_a_spoilt_value_of_a_tuning_is_one_clear_line(name, value, line):
    with pytest.raises(RecordError) as caught:
        TuningRecord.from_json(TUNING.to_json() | {name: value})
    assert str(caught.value) == line


def planned(rounds=2, seeds=2):
    """Return trials in planned order: optimizers vary fastest, then problems."""
    return [
        Spec(
            Named(problem),
            Named(optimizer, {"learning_rate": 0.1}),
            SPEC.budget,
            seed=seed,
            round=turn,
            key=f"{problem}-{optimizer}-{seed}-{turn}",
        )
        for turn in range(rounds)
        for seed in range(seeds)
        for problem in ("bowl", "valley")
        for optimizer in ("sgd", "adam", "newton")
    ]


RUN = RunRecord(
    "two",
    {"name": "two", "budget": {"steps": 10}},
    planned(),
    versions={"python": "3.11.7", "jax": "0.10.2"},
    device={"platform": "cpu", "kind": "cpu"},
    machine={"system": "Linux", "processor": "x", "processors": 2},
    dtype="float64",
    matmul_precision="high",
    xla_flags="--xla",
)


def test_a_run_keeps_its_trials_in_planned_order():
    assert through_json(RUN) == RUN
    backwards = replace(RUN, planned=RUN.planned[::-1])
    assert through_json(backwards) == backwards
    mixed = replace(RUN, planned=RUN.planned[::5] + RUN.planned[1::5])
    assert through_json(mixed) == mixed
    assert through_json(replace(RUN, planned=[])).planned == []


def test_a_run_states_its_hosts_only_if_it_was_merged():
    hosts = {"alpha": Host({"host": "alpha", "megahertz": 2.5}, RUN.device)}
    merged = replace(RUN, hosts=hosts)
    assert through_json(merged) == merged
    assert "hosts" not in RUN.to_json()


def test_what_trials_share_is_written_once():
    groups = RUN.to_json()["planned"]
    assert [len(group["trials"]) for group in groups] == [4] * 6
    assert [group["trials"][0][0] for group in groups] == [0, 1, 2, 3, 4, 5]
    assert not {"key", "seed", "round"} & groups[0]["spec"].keys()


def test_trials_that_differ_by_a_setting_s_type_stay_apart():
    """1, 1.0 and True are equal in Python and other settings to a factory."""
    one = planned()[0]
    specs = [
        replace(one, optimizer=Named("sgd", {"x": value}), key=f"t-{value}")
        for value in (1, 1.0, True)
    ]
    back = through_json(replace(RUN, planned=specs)).planned
    values = [spec.optimizer.settings["x"] for spec in back]
    assert [type(value) for value in values] == [int, float, bool]


@pytest.mark.parametrize("spoilt", ["all", 7, [1, 2], {"a": 1}, [{"spec": {}}]])
def test_what_is_no_plan_is_one_clear_line(spoilt):
    with pytest.raises(RecordError) as caught:
        RunRecord.from_json(RUN.to_json() | {"planned": spoilt})
    assert str(caught.value) == "'planned' is not a list of trials"


@pytest.mark.parametrize("name", ["name", "config", "planned"])
def test_a_run_without_what_is_needed_is_one_clear_line(name):
    plain = RUN.to_json()
    del plain[name]
    with pytest.raises(RecordError) as caught:
        RunRecord.from_json(plain)
    assert str(caught.value) == f"no '{name}'"


SPOILT_RUN = [
    ("name", 1, "'name' is 1"),
    ("versions", {"jax": None}, "'versions.jax' is None"),
    ("device", "cpu", "'device' is 'cpu'"),
    ("config", [], "'config' is []"),
]


@pytest.mark.parametrize(("name", "value", "line"), SPOILT_RUN)
def test_a_spoilt_value_of_a_run_is_one_clear_line(name, value, line):
    with pytest.raises(RecordError) as caught:
        RunRecord.from_json(RUN.to_json() | {name: value})
    assert str(caught.value) == line


RATIOS = {"forward": 1.0, "point": 1.0, "gradient": 3.0, "jvp": 2.0, "hvp": 4.0}
AT_TARGET = {
    "seconds": 0.125,
    "steps": 9,
    "gradient": 2,
    "examples": 96,
    "forward_equivalents": 2 * 11 + 2 * 50,
}


@pytest.mark.parametrize("cost", AT_TARGET)
def test_the_cost_to_the_target(cost):
    prices = RATIOS | {"hessian": 50.0}
    timed = replace(TRIAL, spec=replace(TRIAL.spec, timed=True))
    assert timed.cost_to_target(cost, prices) == AT_TARGET[cost]
    untimed = TRIAL.cost_to_target(cost, prices)
    assert isnan(untimed) if cost == "seconds" else untimed == AT_TARGET[cost]


def test_a_target_that_was_never_reached_costs_infinity():
    never = replace(
        TRIAL,
        spec=replace(TRIAL.spec, timed=True),
        **dict.fromkeys(("seconds_to_target", "steps_to_target", "readings_to_target")),
    )
    assert (TRIAL.is_reached, never.is_reached, never.has_target) == (True, False, True)
    for cost in AT_TARGET:
        assert never.cost_to_target(cost, RATIOS) == inf
    assert AtTarget(0.25).cost("seconds", {}) == inf


def test_a_cost_without_a_price_is_not_known():
    assert isnan(TRIAL.cost_to_target("forward_equivalents", RATIOS))  # no Hessian's
    assert isnan(TRIAL.cost_to_target("forward_equivalents", {}))


def test_the_examples_of_a_target_are_those_of_its_calls():
    """96 examples in 12 calls are 8 a call; the first target took 12 calls too."""
    (first, _) = TRIAL.targets
    assert TRIAL.examples_per_call == 96 / 12
    assert first.cost("examples", {}, TRIAL.examples_per_call) == 96
    assert isnan(replace(TRIAL, readings={}).examples_per_call)


@pytest.mark.parametrize("name", ["seconds", "readings", "versions", "end"])
def test_a_key_that_is_not_there_is_no_default(name):
    plain = TrialRecord(Spec(Named("quadratic"), Named("sgd")), "budget").to_json()
    assert TrialRecord.from_json(plain).end == "budget"
    del plain[name]
    with pytest.raises(RecordError, match=f"no '{name}'"):
        TrialRecord.from_json(plain)
