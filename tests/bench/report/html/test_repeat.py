"""The config of a trial runs the same trial."""

from dataclasses import replace

import pytest

from bench.config.plan import Plan, identity
from bench.config.read import read
from bench.report.html.repeat import config_of

from ...configs import SMALL, specs_of, written

METRIC = """\
name = "metric"
seeds = [4]
dtype = "float64"
every_step = true
devices = 2
precision = { state = "bfloat16" }
[budget]
gradients = 50
target = { accuracy = [0.8, 0.9], kept = 2 }
[evaluation]
every = { growth = 1.2 }
[[problems]]
name = "logistic_regression"
label = "tumours: \\"two\\""
dataset = "breast_cancer"
class = "convex"
[[optimizers]]
name = "chain"
chain = [
  { name = "optax.clip_by_global_norm", max_norm = 1.0 },
  { name = "optax.sgd", learning_rate = 0.1 },
]
batch = { size = 16, last = "drop" }
"""
DIFFERENCES = """\
name = "differences"
seeds = 1
[budget]
steps = 50
[[problems]]
name = "quadratic"
dimension = 3
[[optimizers]]
name = "adam"
gradient = "forward_difference"
gradient_step = 1e-3
[optimizers.learning_rate]
schedule = "cosine_decay_schedule"
init_value = 0.1
decay_steps = "budget"
"""


def again(tmp_path, spec):
    """The trial of the page's config."""
    text = f'name = "again"\nseeds = [{spec.seed}]\n{config_of(spec)}'
    path = written(tmp_path, text, "again.toml")
    (made,) = Plan(read(path), "cpu").specs()
    return made


@pytest.mark.parametrize("text", [SMALL, METRIC, DIFFERENCES], ids=lambda t: t[8:14])
def test_the_config_of_a_trial_makes_the_same_trial(tmp_path, text):
    for spec in specs_of(tmp_path, text=text):
        made = again(tmp_path, spec)
        assert identity(made.key) == identity(spec.key)
        assert (made.label, made.problem_label) == (spec.label, spec.problem_label)
        assert made.problem_class == spec.problem_class


def test_another_setting_makes_another_trial(tmp_path):
    spec, *_ = specs_of(tmp_path)
    faster = replace(spec.optimizer, settings={"learning_rate": 0.7})
    made = again(tmp_path, replace(spec, optimizer=faster))
    assert identity(made.key) != identity(spec.key)
    assert made.optimizer.settings == {"learning_rate": 0.7}
