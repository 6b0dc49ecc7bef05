"""Names and settings that are wrong are refused with the key at fault."""

import jax
import pytest

import problems
from factories import FactoryError


@pytest.mark.parametrize(
    ("name", "settings", "key", "words"),
    [
        ("linear_regression", {"rowz": 5}, "rowz", 'Did you mean "rows"'),
        ("linear_regression", {"rows": 0}, "rows", "at least 1"),
        ("linear_regression", {"rows": True}, "rows", "a whole number"),
        ("linear_regression", {"rows": 5.0}, "rows", "whole"),
        ("linear_regression", {"l2": -1.0}, "l2", "at least 0"),
        ("linear_regression", {"l2": "1"}, "l2", "number"),
        ("linear_regression", {"held_out": 1.0}, "held_out", "less than 1"),
        ("linear_regression", {"condition": 0.5}, "condition", "at least 1"),
        ("linear_regression", {"dataset": "iris"}, "dataset", "'diabetes'"),
        ("linear_regression", {"dataset": "diabetes", "rows": 5}, "rows", "no"),
        ("linear_regression", {"dataset": "blog", "noise": 0.1}, "noise", "no"),
        (
            "logistic_regression",
            {"dataset": "breast_cancer", "separable": True},
            "separable",
            "breast_cancer",
        ),
        ("softmax_regression", {"dataset": "linnerud"}, "dataset", "digits"),
        ("mlp", {"hidden": [3, 0]}, "hidden", "at least 1"),
        ("mlp", {"activation": "sine"}, "activation", "tanh"),
        ("mlp", {"dataset": "digits", "columns": 3}, "columns", "digits"),
        ("quadratic", {"spectrum": [1.0], "dimension": 1}, "dimension", "exclude"),
        ("quadratic", {"spectrum": []}, "spectrum", "at least 1"),
        ("quadratic", {"spectrum": [1.0, -1.0]}, "spectrum", "at least 0"),
        ("quadratic", {"noise": [1.0]}, "noise", "1 entries and the spectrum 20"),
        ("quadratic", {"noise": -1.0}, "noise", "at least 0"),
        ("quadratic", {"noise": 1.0, "rows": 5}, "rows", "multiple of 2"),
        ("quadratic", {"rows": 10}, "rows", "need"),
        ("rosenbrock", {"dimension": 1}, "dimension", "at least 2"),
        ("linear_regression", {"validation": 0.8}, "validation", "held_out = 0.2"),
        ("autoencoder", {"validation": 0.8}, "validation", "no training examples"),
        ("huber_regression", {"validation": 0.9}, "validation", "no training"),
    ],
)
@pytest.mark.parametrize("call", [problems.check, lambda n, s: problems.make(n, **s)])
def test_wrong_settings_name_the_key(name, settings, key, words, call):
    with pytest.raises(FactoryError, match=words) as caught:
        call(name, settings)
    assert caught.value.key == key


def test_unknown_name():
    with pytest.raises(FactoryError, match='Did you mean "rosenbrock"'):
        problems.check("rosenbrok", {})


@pytest.mark.parametrize("name", problems.names())
def test_defaults_pass_the_check_and_make_the_default_problem(name):
    defaults = problems.defaults(name)
    assert "dtype" not in defaults
    problems.check(name, defaults)
    problems.check(name, {})


def test_defaults_say_what_an_unsaid_setting_is():
    assert problems.defaults("linear_regression")["rows"] == 10_000
    assert problems.defaults("quadratic")["condition"] == 100.0


def test_checking_draws_no_data(monkeypatch):
    def fail(*_):
        raise AssertionError

    monkeypatch.setattr("numpy.random.default_rng", fail)
    problems.check("linear_regression", {"dataset": "blog"})


def test_float64_must_be_switched_on():
    with (
        jax.enable_x64(False),
        pytest.raises(ValueError, match="jax_enable_x64"),
    ):
        problems.make("quadratic", dtype="float64")


def test_unknown_dtype():
    with pytest.raises(FactoryError, match="float32") as caught:
        problems.make("quadratic", dtype="float16")
    assert caught.value.key == "dtype"


FILE = """
from dataclasses import dataclass
import jax
from problems import Examples

@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Bowl:
    train: Examples
    held_out: None

    def init(self, key):
        return jax.random.normal(key, (2,))

    def loss(self, params, examples):
        return (params ** 4).sum()

def bowl(*, unused: float = 1.0):
    return Bowl(Examples(jax.numpy.zeros((0, 0)), jax.numpy.zeros(0)), None)
"""


def test_a_problem_in_anybodys_file_is_differentiated(tmp_path):
    path = tmp_path / "bowls.py"
    path.write_text(FILE)
    problem = problems.make(f"{path}:bowl", unused=2.0)
    objective = problems.objective(problem)
    x, v = jax.numpy.array([1.0, 2.0]), jax.numpy.array([1.0, 1.0])
    assert float(objective(x)) == 17.0
    assert [float(a) for a in objective.jvp(x, v)] == [17.0, 36.0]
    assert objective.hvp(x, v).tolist() == [12.0, 48.0]
    assert objective.hessian(x).tolist() == [[12.0, 0.0], [0.0, 48.0]]
    points = jax.numpy.stack([x, x + v])
    assert objective.values(points).tolist() == [17.0, 97.0]
    assert objective.ray(x, v) is None
    with pytest.raises(FactoryError) as caught:
        problems.make(f"{path}:bowl", used=2.0)
    assert caught.value.key == "used"
