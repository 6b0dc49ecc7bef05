"""The trials of a config, their order and their keys."""

import re

import pytest

from bench.config.plan import Plan, identity
from bench.config.read import read
from bench.core.checking import checked
from bench.core.records import TrialRecord
from bench.core.spec import Spec
from bench.execute.adopted import adopt

from ..configs import SMALL, specs_of, written


@pytest.fixture
def planned(tmp_path):
    def make(text=SMALL, *sets, kind="cpu"):
        return specs_of(tmp_path, *sets, text=text, kind=kind)

    return make


def keys(specs):
    return {spec.key for spec in specs}


def identities(specs):
    return [identity(spec.key) for spec in specs]


def test_optimizers_vary_fastest_then_problems_seeds_and_rounds(planned):
    specs = planned(SMALL, "rounds=2")
    order = [(s.round, s.seed, s.problem.name, s.label) for s in specs]
    labels = ["sgd", "sgd", "L-BFGS"]
    assert order == [
        (turn, seed, problem, label)
        for turn in (0, 1)
        for seed in (0, 1)
        for problem in ("quadratic", "logistic_regression")
        for label in labels
    ]


def test_a_grid_is_a_product_over_the_fixed_settings(planned):
    grid = "learning_rate = [0.1, 1.0]\ndecay = [0.8, 0.9]"
    text = SMALL.replace("learning_rate = [0.1, 1.0]", grid)
    text = text.replace('"sgd"', '"momentum"\nnesterov = true')
    specs = planned(text, "seeds=1")[:4]
    assert [s.optimizer.settings for s in specs] == [
        {"nesterov": True, "learning_rate": rate, "decay": decay}
        for rate in (0.1, 1.0)
        for decay in (0.8, 0.9)
    ]


def test_a_problems_batch_is_that_of_every_optimizer_without_its_own(planned):
    text = SMALL.replace('name = "quadratic"', 'name = "quadratic"\nnoise = 1.0')
    whole = planned(text, "seeds=1")
    sets = ("problems.0.batch=8", "optimizers.1.batch={size=4, stream=true}")
    specs = planned(text, "seeds=1", *sets)
    sizes = {(s.problem.name, s.label): s.batch and s.batch.size for s in specs}
    assert sizes == {
        ("quadratic", "sgd"): 8,
        ("quadratic", "L-BFGS"): 4,
        ("logistic_regression", "sgd"): None,
        ("logistic_regression", "L-BFGS"): 4,
    }
    assert all("batch" not in s.problem.settings for s in specs)
    changed = [s.key != w.key for s, w in zip(specs, whole, strict=True)]
    assert changed == [True, True, True, False, False, True]


def test_keys_are_words_a_file_may_be_named_with_and_all_differ(planned):
    specs = planned(SMALL, 'problems.0.label="a/b c: ü"', "rounds=2")
    assert len(keys(specs)) == len(specs)
    assert all(re.fullmatch(r"[A-Za-z0-9._+-]{20,119}", key) for key in keys(specs))
    assert specs[0].key.startswith("quadratic-sgd-learning_rate_0.1-seed_0-")


def test_keys_of_earlier_runs_stay_valid(planned):
    """The hashes are those that the first version wrote, of rounds 0 and 1."""
    specs = planned(SMALL, "seeds=1", "rounds=2")
    assert identity(specs[0].key) == "00e7782176f6"
    assert identity(specs[5].key) == "12417b8cb237"
    assert identity(specs[6].key) == "aa78f343ba5b"


def test_a_long_key_is_cut_before_its_hash(planned):
    spectra = f"[[{', '.join(['1.0'] * 90)}], [2.0]]"
    entry = f'{{name = "quadratic", grid = {{spectrum = {spectra}}}}}'
    specs = planned(SMALL, f"problems.0={entry}")
    assert all(len(spec.key) < 120 for spec in specs)
    assert len(keys(specs)) == len(specs)


SAME = ["name=other", "problems.0.label=other", "optimizers.1.label=other"]


@pytest.mark.parametrize("words", SAME)
def test_a_name_or_label_is_no_other_trial(planned, words):
    assert identities(planned()) == identities(planned(SMALL, words))


OTHER = {
    "budget.steps=11": 12,
    "budget.seconds=1.0": 12,
    "budget.target={loss = 1.0}": 12,
    "dtype=float64": 12,
    "matmul_precision=default": 12,
    "every_step=true": 12,
    "timed=false": 12,
    "problems.1.l2=1e-2": 6,
    "problems.0.target={loss = 1.0}": 6,
    "seeds=[5, 1]": 6,
    "optimizers.1.memory_size=5": 4,
    "optimizers.1.budget.steps=5": 4,
}


@pytest.mark.parametrize("words", OTHER)
def test_what_is_measured_makes_another_trial(planned, words):
    before, after = set(identities(planned())), set(identities(planned(SMALL, words)))
    assert len(after - before) == OTHER[words]


def test_another_device_makes_another_trial(planned):
    assert not keys(planned()) & keys(planned(kind="NVIDIA H100"))


def test_a_changed_factory_file_makes_another_trial(planned, tmp_path):
    path = tmp_path / "own.py"
    text = SMALL.replace("optax.lbfgs", f"{path}:own")
    source = "import optax\ndef own(): return optax.sgd({})\n"
    path.write_text(source.format(0.1))
    before = set(identities(planned(text)))
    path.write_text(source.format(0.2))
    after = set(identities(planned(text)))
    assert len(after - before) == 4
    assert [s.key for s in planned(text)][2].startswith("quadratic-own-seed_0-")


def test_a_problem_s_own_target_holds_for_every_optimizer(planned):
    specs = planned(SMALL, "problems.0.target={loss = 0.5}")
    targets = {s.problem.name: s.budget.target for s in specs}
    assert targets["quadratic"].loss == 0.5
    assert targets["quadratic"].suboptimality is None
    assert targets["logistic_regression"].suboptimality == 1e-6


def test_an_optimizer_s_own_budget_goes_before_the_run_s(planned):
    table = "{steps = 5, forwards = 7}"
    specs = planned(SMALL, "budget.gradients=9", f"optimizers.1.budget={table}")
    budgets = {s.label: s.budget for s in specs}
    own, shared = budgets["L-BFGS"], budgets["sgd"]
    assert (own.steps, own.forwards, own.gradients) == (5, 7, 9)
    assert (shared.steps, shared.forwards, shared.gradients) == (10, None, 9)
    assert own.target == shared.target


def test_an_own_budget_that_is_the_run_s_is_no_other_trial(planned):
    words = "optimizers.1.budget.steps=10"
    assert identities(planned()) == identities(planned(SMALL, words))


def test_the_number_of_devices_is_part_of_a_key_unless_it_is_one(planned):
    one, four = planned(SMALL, "devices=1"), planned(SMALL, "devices=4")
    assert keys(one) == keys(planned())
    assert not keys(four) & keys(one)
    assert {spec.devices for spec in four} == {4}
    assert all("devices" not in spec.to_json() for spec in one)
    assert [checked(Spec, spec.to_json()) for spec in four] == four


def test_problems_with_one_label_are_told_apart(planned):
    specs = planned(SMALL, "problems.0.grid.condition=[10.0, 100.0]")
    assert {s.problem_label for s in specs} == {
        "quadratic condition=10.0",
        "quadratic condition=100.0",
        "logistic_regression",
    }


def test_specs_survive_json(planned):
    specs = planned()
    assert [checked(Spec, spec.to_json()) for spec in specs] == specs


def test_other_rounds_take_the_place_of_those_of_the_config(planned, tmp_path):
    plan = Plan(read(written(tmp_path), ["rounds=2"]), "cpu")
    assert plan.specs(rounds=3) == planned(SMALL, "rounds=3")
    assert plan.specs() == planned(SMALL, "rounds=2")


TUNED = """\
name = "tuned"
[budget]
target = { suboptimality = 1e-6 }
[tuning]
budget = 10
[[problems]]
name = "quadratic"
dimension = 3
[[optimizers]]
name = "sgd"
[[optimizers]]
name = "newton"
space = {}
"""


def test_what_is_tuned_is_planned_with_the_chosen_settings_and_untuned(tmp_path):
    plan = Plan(read(written(tmp_path, TUNED)), "cpu")
    (task,) = plan.tasks
    assert (task.spec.label, list(task.ranges)) == ("sgd", ["learning_rate"])
    tuned, untuned, newton = plan.specs({task.key: {"learning_rate": 0.25}})
    assert [s.tuned for s in (tuned, untuned, newton)] == [True, False, None]
    assert [s.label for s in (tuned, untuned)] == ["sgd", "sgd, untuned"]
    assert {s.family for s in (tuned, untuned)} == {"sgd"}
    assert tuned.optimizer.settings == {"learning_rate": 0.25}
    assert "-tuned_yes-" in tuned.key
    assert "-tuned_no-" in untuned.key
    assert untuned.optimizer.settings != tuned.optimizer.settings
    (alone, _) = plan.specs({})  # nothing could be tried: the defaults, once
    assert alone.optimizer == untuned.optimizer
    assert alone.label == "sgd"


def test_each_draw_seed_is_a_task_and_each_distinct_choice_is_planned_once(tmp_path):
    config = read(written(tmp_path, TUNED), ["tuning.draw_seeds=3"])
    plan = Plan(config, "cpu")
    assert [task.draw_seed for task in plan.tasks] == [0, 1, 2]
    assert len({task.seed for task in plan.tasks}) == 3
    assert [task.untuned for task in plan.tasks] == [{"learning_rate": 0.1}] * 3
    rates = [{"learning_rate": rate} for rate in (0.25, 0.5, 0.25)]
    chosen = {task.key: own for task, own in zip(plan.tasks, rates, strict=True)}
    first, second, untuned, _ = plan.specs(chosen)
    assert [s.draw_seeds for s in (first, second, untuned)] == [(0, 2), (1,), ()]
    assert [s.label for s in (first, second)] == ["sgd", "sgd"]
    assert first.key == plan.specs(dict.fromkeys(chosen, rates[0]))[0].key


def test_a_choice_that_is_the_untuned_setting_is_planned_beside_it(tmp_path):
    plan = Plan(read(written(tmp_path, TUNED)), "cpu")
    (task,) = plan.tasks
    specs = plan.specs({task.key: task.untuned})
    tuned, untuned, _ = specs
    assert tuned.optimizer == untuned.optimizer
    assert identity(tuned.key) == identity(untuned.key)
    done = {spec.key: TrialRecord(spec, "target") for spec in specs}
    assert adopt(specs, done) == specs


def test_draws_depend_on_no_device_label_dtype_or_order(tmp_path):
    """Pinned, so that no version of a library and no machine changes them."""
    text = TUNED.replace('name = "newton"\nspace = {}', 'name = "adam"\nlabel = "a"')
    plain = read(written(tmp_path, text))
    (sgd, adam) = Plan(plain, "cpu").tasks
    assert (sgd.seed, adam.seed) == (67533179908631, 159643803375816)
    turned = plain.model_copy(
        update={
            "optimizers": [
                entry.model_copy(update={"label": f"{entry.name}, mine"})
                for entry in reversed(plain.optimizers)
            ],
            "dtype": "float64",
            "seeds": [7],
        }
    )
    other = {task.spec.optimizer.name: task for task in Plan(turned, "TPU v4").tasks}
    assert (other["sgd"].seed, other["adam"].seed) == (sgd.seed, adam.seed)
    assert other["sgd"].key != sgd.key  # scores do depend on them


def test_tuned_optimizers_that_share_a_label_get_their_differences_in_it(tmp_path):
    twice = '\n[[optimizers]]\nname = "sgd"\ngradient = "central_difference"\n'
    plan = Plan(read(written(tmp_path, TUNED + twice)), "cpu")
    labels = [task.spec.label for task in plan.tasks]
    assert labels == ["sgd", "sgd gradient=central_difference"]


@pytest.mark.parametrize(
    ("entry", "untuned"),
    [
        ('name = "newton_cg"', {"damping": 0.0}),
        ('name = "newton_cg"\ndamping = 1', {"damping": 1.0}),
        (
            'name = "optax.adamw"\nlearning_rate = 1e-3',
            {"learning_rate": 1e-3, "weight_decay": 1e-4},
        ),
    ],
)
def test_untuned_values_are_stated_or_the_factory_s_defaults(tmp_path, entry, untuned):
    text = TUNED.replace('name = "sgd"', entry)
    plan = Plan(read(written(tmp_path, text)), "cpu")
    (task,) = plan.tasks
    assert task.untuned == untuned
    # One program runs the tuned and the untuned trials, as each states all of them.
    for spec in plan.specs()[:2] + plan.specs({task.key: untuned})[:2]:
        assert untuned.items() <= spec.optimizer.settings.items()


@pytest.mark.parametrize("label", ["", 'label = "net"'])
def test_a_label_says_what_its_settings_oblige_it_to(planned, label):
    text = f"""
name = "a"
[[problems]]
name = "mlp"
activation = "none"
fold = true
{label}
[[optimizers]]
name = "lbfgs"
"""
    (spec,) = planned(text)
    assert spec.problem_label == f"{'net' if label else 'mlp'}, layers folded into one"
