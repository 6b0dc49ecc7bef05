"""Steps stated as shares of the budget, and settings inside settings that are tuned."""

import pytest

from bench.config.plan import Plan
from bench.config.read import checked
from bench.core.errors import ConfigError

WARM = (
    '{ schedule = "warmup_cosine_decay_schedule", peak_value = 0.1, '
    'warmup_steps = { budget = 0.05 }, decay_steps = "budget" }'
)
BUDGET = "[budget]\nsteps = 1000"
STAGES = """name = "stages"
stages = [
  { name = "adam", learning_rate = COSINE, steps = { budget = 0.25 } },
  { name = "sgd", learning_rate = COSINE },
]""".replace(
    "COSINE",
    '{ schedule = "cosine_decay_schedule", init_value = 0.1, decay_steps = "budget" }',
)


def text(optimizer, budget=BUDGET, more=""):
    return f"""
name = "a"
{more}
{budget}
[[problems]]
name = "quadratic"
[[optimizers]]
{optimizer}
"""


def sgd(rate=WARM, more=""):
    return f'name = "sgd"\nlearning_rate = {rate}\n{more}'


def planned(*parts, **named):
    plan = Plan(checked(text(*parts, **named)), "cpu")
    return plan.specs()[0]


def errors(*parts, **named):
    with pytest.raises(ConfigError) as caught:
        checked(text(*parts, **named))
    return str(caught.value)


@pytest.mark.parametrize(
    ("budget", "more", "steps"),
    [
        (BUDGET, "", (50, 1000)),
        ("[budget]\ngradients = 200", "", (10, 200)),
        ("[budget]\nsteps = 1000\ngradients = 200", "", (10, 200)),
        (BUDGET, "budget = { steps = 100 }", (5, 100)),
        ("[budget]\nsteps = 4", "", (1, 4)),
    ],
)
def test_a_share_is_of_the_steps_that_the_budget_allows(budget, more, steps):
    rate = planned(sgd(more=more), budget).optimizer.settings["learning_rate"]
    assert (rate["warmup_steps"], rate["decay_steps"]) == steps
    assert all(type(n) is int for n in steps)


def test_a_key_depends_on_the_steps_and_not_on_how_they_are_stated():
    stated = WARM.replace('"budget"', "1000").replace("{ budget = 0.05 }", "50")
    keys = [planned(sgd(rate)).key for rate in (WARM, stated)]
    assert keys[0] == keys[1]
    of_gradients = "[budget]\nsteps = 1000\ngradients = {}"
    more = {planned(sgd(), of_gradients.format(n)).key for n in (900, 1000)}
    assert len({keys[0], *more}) == 3


def test_a_share_in_a_grid_is_resolved():
    grid = f"[optimizers.grid]\nlearning_rate = [0.1, {WARM}]"
    specs = Plan(checked(text(f'name = "sgd"\n{grid}')), "cpu").specs()
    assert specs[1].optimizer.settings["learning_rate"]["decay_steps"] == 1000


def test_a_share_inside_a_stage_is_of_its_own_steps():
    first, last = planned(STAGES).optimizer.settings["stages"]
    assert (first["steps"], first["learning_rate"]["decay_steps"]) == (250, 250)
    assert "steps" not in last
    assert last["learning_rate"]["decay_steps"] == 750


@pytest.mark.parametrize(
    ("optimizer", "budget", "words"),
    [
        (
            *(sgd(), "[budget]\nseconds = 5"),
            "learning_rate.warmup_steps: the budget has no number of steps",
        ),
        (
            *(sgd(WARM.replace("0.05", "1.5")), BUDGET),
            "optimizers.0.learning_rate.warmup_steps.budget = 1.5: the share",
        ),
        (
            *(sgd(WARM.replace("0.05", "true")), BUDGET),
            "warmup_steps.budget = true: the share of the budget should be above 0",
        ),
        (
            *(sgd(WARM.replace("{ budget = 0.05 }", '"budget"')), BUDGET),
            "learning_rate.warmup_steps = 1000: should be less than decay_steps = 1000",
        ),
    ],
)
def test_what_is_no_share_of_a_budget_is_one_line(optimizer, budget, words):
    line = errors(optimizer, budget)
    assert words in line
    assert ":10: " in line  # of the setting
    assert line.count("\n") <= 1


TUNING = '[tuning]\ncriterion = "final_loss"\n'


@pytest.mark.parametrize(
    ("tuning", "words"),
    [
        ("budget = 2999", ""),
        ("budget = 600", "ends a setting after 200 steps"),
        ('budget = 999\nunit = "steps"', "1,000 steps, the budget of a trial: give"),
        ('budget = 10\nunit = "gradient"', "give budget = 1000"),
        ("budget = 3000\nsteps = 100", "give budget = 3000 and steps = 1000"),
        ('budget = 10\nunit = "forward"', ""),
    ],
)
def test_tuning_has_to_last_as_long_as_what_is_tied_to_the_budget(tuning, words):
    more = TUNING + tuning
    if words:
        line = errors(sgd(), more=more)
        assert "tuning." in line
        assert words in line
        return
    task = Plan(checked(text(sgd(), more=more)), "cpu").tasks[0]
    settings = task.spec.optimizer.settings["learning_rate"]
    assert settings["decay_steps"] == 1000  # the schedule of the trials
    checked(text(sgd(more="space = {}"), more=TUNING + "budget = 3"))


def tasks(optimizer, more=TUNING + "budget = 3000"):
    return Plan(checked(text(optimizer, more=more)), "cpu").tasks


INNER = "{ name = 'optax.clip', max_delta = 1.0 }, { name = 'adamw', b1 = 0.8 }"
RANGE = "{ low = 0.1, high = 10.0 }"
CHAIN = f"name = 'chain'\nchain = [{INNER}]"


@pytest.mark.parametrize(
    ("optimizer", "untuned"),
    [
        (sgd(), {"learning_rate.peak_value": 0.1}),
        (sgd('{ schedule = "linear_schedule", init_value = 0.0, end_value = 1.0, '
             'transition_steps = 5 }'), None),
        (
            sgd(more=f"space = {{ learning_rate.peak_value = {RANGE} }}"),
            {"learning_rate.peak_value": 0.1},
        ),
        (
            sgd(more=f'space = {{ "learning_rate.end_value" = {RANGE} }}'),
            {"learning_rate.end_value": 0.0},
        ),
        (CHAIN, {"chain.1.learning_rate": 0.03162, "chain.1.weight_decay": 1e-4}),
        (
            f'{CHAIN}\nspace = {{ "chain.0.max_delta" = {RANGE} }}',
            {"chain.0.max_delta": 1.0},
        ),
        (STAGES, {f"stages.{i}.learning_rate.init_value": 0.1 for i in range(2)}),
    ],
)  # fmt: skip
def test_settings_inside_settings_are_tuned_by_their_paths(optimizer, untuned):
    found = tasks(optimizer)
    assert [task.untuned for task in found] == ([] if untuned is None else [untuned])
    if not found:
        return
    plan = Plan(checked(text(optimizer, more=TUNING + "budget = 3000")), "cpu")
    drawn = dict.fromkeys(untuned, 0.25)
    tuned = plan.specs({plan.tasks[0].key: drawn})[0].optimizer.settings
    assert str(tuned).count("0.25") == len(drawn)
    fixed = str(found[0].spec.optimizer.settings)
    assert "0.25" not in fixed
    assert all(f"'{path.rpartition('.')[2]}'" not in fixed for path in untuned)


@pytest.mark.parametrize(
    ("space", "words"),
    [
        ("learning_rate.peak = {R}", "space.learning_rate.peak: unknown setting"),
        ("rate.peak_value = {R}", 'space.rate.peak_value: there is no "rate"'),
        ("learning_rate.peak_value.x = {R}", "is 0.1 and no table"),
        (
            "learning_rate.peak_value = { low = 2.0, high = 1.0 }",
            "space.learning_rate.peak_value: low = 2 is not below high",
        ),
        (
            "learning_rate.peak_value = { lo = 2.0, high = 1.0 }",
            "space.learning_rate.peak_value.lo: unknown key",
        ),
    ],
)
def test_a_wrong_path_in_a_space_is_one_line(space, words):
    ranges = space.replace("{R}", "{ low = 1.0, high = 2.0 }")
    line = errors(sgd(more=f"space = {{ {ranges} }}"), more=TUNING + "budget = 3000")
    assert words in line


def test_a_range_of_a_schedule_of_the_table_settings():
    optimizer = f'name = "sgd"\nsettings = {{ learning_rate = {WARM} }}'
    (task,) = tasks(optimizer)
    assert task.untuned == {"learning_rate.peak_value": 0.1}
    assert "peak_value" not in task.spec.optimizer.settings["learning_rate"]
