"""A curve of 50 points of gradient descent beside benchopt's, both from the shell."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

import problems

from .pairs import Ratio, ratio

POINTS = 50
STEPS = 5000
RATE = 0.1
CONFIG = f"""
name = "curve"
[budget]
steps = {STEPS}
[[problems]]
name = "logistic_regression"
l2 = 1e-3
[[optimizers]]
name = "sgd"
learning_rate = {RATE}
"""
OBJECTIVE = """
import numpy as np
from benchopt import BaseObjective


class Objective(BaseObjective):
    name = "Logistic regression"

    def set_data(self, X, y):
        self.X, self.y = X, y

    def get_one_result(self):
        return dict(w=np.zeros(self.X.shape[1]))

    def evaluate_result(self, w):
        loss = np.logaddexp(0, -self.y * (self.X @ w)).mean()
        return dict(value=loss + 0.5e-3 * w @ w)

    def get_objective(self):
        return dict(X=self.X, y=self.y)
"""
DATASET = """
from pathlib import Path

import numpy as np
from benchopt import BaseDataset


class Dataset(BaseDataset):
    name = "synthetic"

    def get_data(self):
        with np.load(Path(__file__).with_name("synthetic.npz")) as data:
            return dict(data)
"""
SOLVER = f"""
import numpy as np
from benchopt import BaseSolver
from benchopt.stopping_criterion import NoCriterion
from scipy.special import expit


class Solver(BaseSolver):
    name = "GD"
    sampling_strategy = "iteration"
    stopping_criterion = NoCriterion(strategy="iteration")

    def set_objective(self, X, y):
        self.X, self.y = X, y

    def get_next(self, stop_val):
        return stop_val + {STEPS // POINTS}

    def run(self, n_iter):
        X, y = self.X, self.y
        w = np.zeros(X.shape[1])
        for _ in range(n_iter):
            g = -X.T @ (y * expit(-y * (X @ w))) / len(y) + 1e-3 * w
            w = w - {RATE} * g
        self.w = w

    def get_result(self):
        return dict(w=self.w)
"""


def benchopt_over_ours(pairs: int = 3) -> Ratio:
    """Return the wall time of `benchopt run` over that of `run`, each a new process.

    Both go 5,000 steps on the same 8,000 x 20 examples in float32, and leave 50 points
    or more. Theirs keeps its own way to a point, a run of so many steps from the start,
    and neither draws nor caches; ours also prices calls and certifies the optimum, and
    finds its programs in the cache, where the first and uncounted run has put them.
    """
    with tempfile.TemporaryDirectory() as folder:
        return ratio(_theirs(Path(folder)), _ours(Path(folder)), pairs)


def _ours(folder: Path):
    (config := folder / "curve.toml").write_text(CONFIG)
    times = 0

    def run() -> float:
        nonlocal times
        times += 1
        out = folder / f"ours{times}"
        words = ["bench", "run", str(config), "--out", str(out)]
        seconds = _shell(sys.executable, "-m", *words)
        (trace,) = (out / "trials").glob("*.csv")
        assert len(pd.read_csv(trace)) >= POINTS
        return seconds

    return run


def _theirs(folder: Path):
    home = folder / "benchmark"
    for name, text in (
        ("objective.py", OBJECTIVE),
        ("datasets/synthetic.py", DATASET),
        ("solvers/gd.py", SOLVER),
    ):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    train = problems.make("logistic_regression").train
    features, labels = np.asarray(train.inputs).T, np.asarray(train.targets)
    np.savez(home / "datasets" / "synthetic.npz", X=features.copy(), y=labels)
    words = ["run", str(home), "-n", str(POINTS), "-r", "1", "--no-plot", "--no-cache"]
    command = Path(sys.executable).with_name("benchopt")

    def run() -> float:
        seconds = _shell(str(command), *words)
        newest = max(
            (home / "outputs").glob("*.parquet"), key=lambda p: p.stat().st_mtime
        )
        assert len(np.unique(pd.read_parquet(newest)["stop_val"])) >= POINTS
        return seconds

    return run


def _shell(*command: str) -> float:
    start = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True)
    return time.perf_counter() - start
