"""The JSON Schema takes the configs that `check` takes, and refuses most that it does.

The referee is the package jsonschema, which knows nothing of this project.
"""

import json
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from bench.cli import main
from bench.config import shipped
from bench.config.edits import put
from bench.config.json_schema import config_schema
from bench.config.read import read
from bench.core.errors import BenchError

from ..configs import SMALL, written
from .test_config import ONE_LINE, OWN, swap
from .test_config_mutated import edits, mutated, sets

ROOT = Path(__file__).parents[3]
VALIDATOR = Draft202012Validator(config_schema())
TOML = re.compile(r"^```toml \S+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = [
    pytest.param(text, id=f"{page.stem}-{place}")
    for page in sorted((ROOT / "docs").glob("*.md"))
    for place, text in enumerate(TOML.findall(page.read_text()))
]


def refusals(plain):
    return [f"{e.json_path}: {e.message}" for e in VALIDATOR.iter_errors(plain)]


def test_the_schema_is_one():
    Draft202012Validator.check_schema(VALIDATOR.schema)


@pytest.mark.parametrize("name", shipped.names())
def test_every_shipped_config_is_accepted(name):
    file = shipped.FOLDER / f"{name}.toml"
    assert refusals(tomllib.loads(file.read_text())) == []


@pytest.mark.parametrize("text", PAGES)
def test_every_config_of_the_docs_is_accepted(text):
    assert refusals(tomllib.loads(text)) == []


BEYOND = (
    *("is also the label", "are listed twice", "needs a certified optimum"),
    *("takes one of loss", "is in the entry and in its grid", "trials are more than"),
    'unknown setting "lable"',  # of optax.lbfgs, whose settings the schema leaves open
)
"""Mistakes that concern several keys, or other libraries' settings; `check` knows."""


@pytest.mark.parametrize("change", ONE_LINE, ids=lambda change: change[1])
def test_a_mistake_that_check_refuses_is_refused(change):
    try:
        plain = tomllib.loads(swap(*change))
    except tomllib.TOMLDecodeError:
        return
    beyond = any(words in ONE_LINE[change] for words in BEYOND)
    not_finite = "nan" in change[1] or "inf" in change[1]
    assert bool(refusals(plain)) is not (beyond or not_finite)


@pytest.mark.parametrize("words", OWN)
def test_a_mistake_in_an_optimizer_s_budget_is_refused(words):
    text = swap('label = "L-BFGS"\n', f"[optimizers.budget]\n{words}\n")
    assert refusals(tomllib.loads(text))


MISTAKES = {
    "optimizers.0.momentum=0.9": "of an optimizer",
    "optimizers.0.grid.momentum=[0.9]": "in a grid",
    "optimizers.0.grid.learning_rate=[-1.0]": "out of range in a grid",
    "optimizers.0.settings.momentum=0.9": "of the factory",
    "optimizers.0.gradient=numeric": "a name of a gradient source",
    "optimizers.0.batch=0": "a batch",
    "optimizers.1.name=scipy.BFGSS": "a method of SciPy",
    "problems.0.dimension=[3]": "a list",
    "problems.1.dataset=iriss": "a data set",
    "problems.1.only=iris": "a filter without a set",
    "problems.1.set=nist_strd": "a set and a name",
    'problems.2={ set = "nist" }': "the name of a set",
    'tuning={ budget = 3, unit = "step" }': "a unit",
    "evaluation.every=0": "steps between evaluations",
    "budget.target={ suboptimality = 0 }": "a target",
    "seeds=[]": "no seed",
    "dtype=float": "a dtype",
}


@pytest.mark.parametrize("words", MISTAKES)
def test_a_wrong_key_or_value_is_refused(tmp_path, words):
    text = SMALL + '[[problems]]\nname = "himmelblau"\n' * ("problems.2" in words)
    plain = tomllib.loads(text)
    put(plain, words)
    with pytest.raises(BenchError):
        read(written(tmp_path, text), [words])
    assert refusals(plain)


ACCEPTED = (
    "optimizers.+.name=own.py:make",
    "optimizers.+.name=package.module:make",
    "optimizers.+={ name = 'own.py:make', anything = 3, batch = 4 }",
    "optimizers.+={ name = 'optax.contrib.muon', learning_rate = 0.1 }",
    "optimizers.+={name = 'keep_stepping', learning_rate = 1, max_steps = 'budget'}",
    "optimizers.+={ name = 'sgd', learning_rate = { schedule = 'linear_schedule' } }",
    "optimizers.+={ name = 'adam', space = { learning_rate = { low = 1, high = 2 } } }",
    "optimizers.+={ name = 'adam', grid = { learning_rate = [1], batch = [8, 16] } }",
    "problems.+={ set = 'nist_strd', only = 'misra1a', class = ['least squares'] }",
    "problems.+={ name = 'own.py:make', anything = 3, class = 'mine' }",
    "problems.+={ name = 'quadratic', stress = { noise = 0.1 }, settings = {} }",
    "problems.+={ name = 'convnet', best_known = 0.1 }",
    "evaluation.every={ epochs = 0.5 }",
)


@pytest.mark.parametrize("words", ACCEPTED)
def test_a_users_own_and_shorter_forms_are_accepted(words):
    plain = tomllib.loads(SMALL)
    put(plain, words)
    assert refusals(plain) == []


many = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def accepted_if_read(path, words=()):
    try:
        read(path, words)
    except BenchError:
        return
    plain = tomllib.loads(path.read_text())
    for word in words:
        put(plain, word)
    assert refusals(plain) == []


@many
@given(st.lists(edits, min_size=1, max_size=2))
def test_no_mutated_config_that_is_read_is_refused(tmp_path, changes):
    accepted_if_read(written(tmp_path, mutated(changes)))


@many
@given(st.lists(sets.map(lambda s: f"{s[0]}.{s[1]}={s[2]}"), min_size=1, max_size=2))
def test_no_config_with_other_settings_that_is_read_is_refused(tmp_path, words):
    accepted_if_read(written(tmp_path), words)


def test_the_verb_prints_it(capsys):
    assert main(["schema"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert json.loads(out) == VALIDATOR.schema
