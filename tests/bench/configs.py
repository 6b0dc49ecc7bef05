"""Configs that tests start from."""

from pathlib import Path

from bench.config.plan import Plan
from bench.config.read import read
from bench.core.spec import Spec

SMALL = """\
name = "small"
seeds = 2
[budget]
steps = 10
target = { suboptimality = 1e-6 }
[[problems]]
name = "quadratic"
dimension = 3
[[problems]]
name = "logistic_regression"
dataset = "breast_cancer"
l2 = 1e-3
[[optimizers]]
name = "sgd"
[optimizers.grid]
learning_rate = [0.1, 1.0]
[[optimizers]]
name = "optax.lbfgs"
label = "L-BFGS"
"""


def written(folder: Path, text: str = SMALL, name: str = "small.toml") -> Path:
    """Write a config and return its path."""
    path = folder / name
    path.write_text(text)
    return path


def specs_of(
    folder: Path, *sets: str, text: str = SMALL, kind: str = "cpu"
) -> list[Spec]:
    """Write a config and return the trials that it asks for."""
    return Plan(read(written(folder, text), sets), kind).specs()
