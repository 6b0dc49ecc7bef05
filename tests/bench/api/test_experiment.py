"""A whole config in this process: the trials of a run, without a folder."""

from typing import Any

import numpy as np
import pytest

import bench
import optimizers
import problems
from bench.core.errors import ConfigError, StoreError

CONFIG = """
name = "two"
seeds = 2
every_step = true
[budget]
steps = 5
[[problems]]
name = "quadratic"
spectrum = [1.0, 2.0]
[[optimizers]]
name = "sgd"
[optimizers.grid]
learning_rate = [0.1, 0.2]
"""


def test_its_traces_are_those_of_single_trials():
    run = bench.experiment(CONFIG)
    assert len(run.trials) == 4
    assert [record.spec for record in run.records] == run.planned
    rate = run.trials.set_index("key")["optimizer.settings.learning_rate"]
    problem = problems.make("quadratic", spectrum=[1.0, 2.0])
    for key, rows in run.traces.groupby("key", observed=True):
        sgd = optimizers.make("sgd", learning_rate=float(rate[key]))
        alone = bench.measure(problem, sgd, steps=5, seed=int(rows.seed.iloc[0]))
        np.testing.assert_allclose(rows.loss, alone.loss, rtol=1e-6)
        assert list(rows.gradient) == list(alone.gradient)


def test_it_says_where_and_how_it_was_run():
    record = bench.experiment(CONFIG.replace("seeds = 2", 'dtype = "float64"')).record
    assert record.dtype == "float64"
    assert record.device["platform"] == "cpu"
    assert record.machine["processors"] >= 1
    assert "jax" in record.versions


def test_overrides_and_a_kept_runtime(runtime):
    run = bench.experiment(CONFIG, "seeds=1", "budget.steps=3", runtime=runtime)
    assert set(run.trials.steps) == {3}
    bench.experiment(CONFIG, runtime=runtime)
    assert runtime.compilations == 1


def test_a_config_in_a_file_and_a_wrong_one(tmp_path):
    file = tmp_path / "two.toml"
    file.write_text(CONFIG)
    assert len(bench.experiment(file, "seeds=1").trials) == 2
    file.write_text(CONFIG.replace("steps = 5", "steps = 0"))
    with pytest.raises(ConfigError, match=r"two\.toml:6: budget\.steps = 0: "):
        bench.experiment(str(file))
    with pytest.raises(StoreError, match=r"cannot read none\.toml: No such file"):
        bench.experiment("none.toml")
    with pytest.raises(ConfigError, match=r'config:6: budget\.step: unknown .*"steps"'):
        bench.experiment(CONFIG.replace("steps", "step", 1))


def test_a_config_that_is_no_text_is_said():
    config: Any = {"name": "own"}
    with pytest.raises(ConfigError, match="a path, a name or TOML is wanted, not a d"):
        bench.experiment(config)
