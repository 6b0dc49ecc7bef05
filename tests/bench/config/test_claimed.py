"""Keys of a config that a factory has as arguments too."""

import pytest

import optimizers
import problems
from bench.config.plan import Plan
from bench.config.read import checked
from bench.core.errors import ConfigError
from bench.core.spec import Batch, Named, Spec

OWN = """
import optax, problems


def steps(learning_rate=0.1, batch=8, space=1.0):
    return optax.sgd(learning_rate * batch * space)


def bowl(*, target: float = 3.0, grid: int = 1):
    return problems.make("quadratic", spectrum=[1.0, target])


def named(name, learning_rate=0.1):
    return optax.sgd(learning_rate)
"""
CONFIG = """
name = "own"
[budget]
steps = 3
[[problems]]
name = "{file}:bowl"
{problem}
[[optimizers]]
name = "{file}:{factory}"
{optimizer}
"""


@pytest.fixture
def config(tmp_path):
    """Return a function that reads a config with one problem and one optimizer."""
    file = tmp_path / "own.py"
    file.write_text(OWN)

    def config(optimizer="", problem="", factory="steps"):
        given = {"file": file, "optimizer": optimizer, "problem": problem}
        return checked(CONFIG.format(**given, factory=factory))

    return config


def errors(config, **entries):
    with pytest.raises(ConfigError) as caught:
        config(**entries)
    return [line.partition(": ")[2] for line in caught.value.lines]


def test_a_key_of_the_config_that_the_factory_would_never_get_is_an_error(config):
    (line,) = errors(config, optimizer="batch = 16")
    assert line.startswith("optimizers.0.batch: is a key of the config, and ")
    assert line.endswith(
        "own.py:steps has an argument of that name, which settings = { batch = 16 } "
        "sets"
    )
    (line,) = errors(config, problem="target = { loss = 1.0 }")
    assert line.startswith("problems.0.target: is a key of the config, and ")
    assert line.endswith("which settings = { target = ... } sets")
    (line,) = errors(config, optimizer="[optimizers.grid]\nbatch = [1, 2]")
    assert line.startswith("optimizers.0.grid.batch: is a key of the config")


def test_an_argument_that_must_be_given_says_how(config):
    (line,) = errors(config, factory="named")
    assert line.startswith("optimizers.0.name: is a key of the config, and ")
    assert line.endswith("which settings = { name = ... } sets")
    made = config(factory="named", optimizer='settings = { name = "x" }')
    assert Plan(made, "cpu").specs()[0].optimizer.settings == {"name": "x"}


def test_the_factory_gets_what_stands_in_settings_and_the_trial_the_rest(config):
    made = config(
        optimizer="settings = { batch = 16, space = 2.0 }\nbatch = 4\n",
        problem="settings = { target = 5.0 }\ntarget = { loss = 0.1 }",
    )
    (spec,) = Plan(made, "cpu").specs()
    assert spec.optimizer.settings == {"batch": 16, "space": 2.0}
    assert spec.batch == Batch(4)
    assert spec.problem.settings == {"target": 5.0}
    assert spec.budget.target.loss == 0.1
    stated = {"settings.batch": 16, "space": 2.0, "batch": 4}
    assert spec.stated_settings == stated
    assert problems.make(spec.problem.name, **spec.problem.settings)
    assert optimizers.make(spec.optimizer.name, **spec.optimizer.settings)


def test_settings_may_vary_in_the_grid(config):
    grid = "[optimizers.grid]\nsettings = [{ batch = 1 }, { batch = 2 }]"
    specs = Plan(config(optimizer=grid), "cpu").specs()
    assert [spec.optimizer.settings for spec in specs] == [{"batch": 1}, {"batch": 2}]
    assert len({spec.key for spec in specs}) == 2


@pytest.mark.parametrize(
    ("optimizer", "words"),
    [
        ("settings = 3", "settings: takes a table of the factory's settings, not 3"),
        ("settings = { batc = 3 }", 'settings.batc: unknown setting "batc". Did you'),
        (
            "settings = { learning_rate = 0.1 }\nlearning_rate = 0.2",
            'settings.learning_rate: is stated in "settings" and beside it',
        ),
    ],
)
def test_a_wrong_table_is_one_line(config, optimizer, words):
    (line,) = errors(config, optimizer=optimizer)
    assert line.startswith(f"optimizers.0.{words}")


def test_settings_without_a_namesake_keep_their_name():
    sgd = Named("sgd", {"learning_rate": 0.1})
    spec = Spec(Named("quadratic"), sgd, batch=Batch(2))
    assert spec.stated_settings == {"learning_rate": 0.1, "batch": 2}
