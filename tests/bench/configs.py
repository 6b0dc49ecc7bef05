"""Configs that tests start from."""

from pathlib import Path

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
