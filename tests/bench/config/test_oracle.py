"""Gradient sources and batches in a config: read, planned, keyed, told apart."""

import optax
import pytest
from bench.report.weights import ratios

from bench import measure
from bench.config.keys import identity
from bench.config.oracle import said
from bench.config.read import read
from bench.core.errors import ConfigError
from bench.core.spec import Batch, Spec
from bench.execute.progress import title
from bench.report.groups import entries
from bench.store.run import Run
from factories import FactoryError

from ..configs import SMALL, written
from ..small import problem


def config(tmp_path, lines, grid=""):
    """Return the small config with lines added to its first optimizer."""
    text = SMALL.replace('name = "sgd"\n', f'name = "sgd"\n{lines}\n')
    text = text.replace("[0.1, 1.0]\n", f"[0.1, 1.0]\n{grid}\n")
    return read(written(tmp_path, text))


def planned(tmp_path, lines, grid=""):
    return plan(config(tmp_path, lines, grid), "cpu")


def test_what_is_asked_is_in_the_spec_and_not_in_the_settings(tmp_path):
    lines = 'gradient = "central_difference"\ngradient_step = 1e-3\nbatch = 32'
    spec = planned(tmp_path, lines)[0]
    assert spec.optimizer.settings == {"learning_rate": 0.1}
    assert (spec.gradient, spec.gradient_step) == ("central_difference", 1e-3)
    assert spec.batch == Batch(32)
    assert Spec.from_json(spec.to_json()) == spec


def test_a_batch_may_be_a_table_and_stand_in_a_grid(tmp_path):
    grid = "batch = [1, { size = 8, replace = true }, { size = 8, stream = true }]"
    specs = planned(tmp_path, "", grid)
    assert [s.batch for s in specs[:3]] == [
        Batch(1),
        Batch(8, replace=True),
        Batch(8, stream=True),
    ]
    assert len({s.key for s in specs}) == len(specs)


def test_what_is_usual_makes_no_other_trial(tmp_path):
    def identities(lines):
        return [identity(s.key) for s in planned(tmp_path, lines)]

    assert identities('gradient = "autodiff"') == identities("")
    assert identities("")[0] == "00e7782176f6"  # as before there were sources
    assert not set(identities("batch = 8")[:2]) & set(identities(""))


WRONG = {
    'gradient = "forward"': ".gradient = 'forward': input should be",
    "gradient_step = 1e-3": '.gradient_step: gradient = "autodiff" takes no step',
    'gradient = "central_difference"\ngradient_step = 0.0': ".gradient_step = 0.0: ",
    "batch = 0": ".batch = 0: input should be greater than or equal to 1",
    "batch = true": ".batch = true: input should be a valid",
    "batch = { size = 0 }": ".batch.size = 0: ",
    "batch = { sise = 8 }": '.batch.sise: unknown setting "sise". Did you mean "size"?',
    "batch = { replace = true }": '.batch: setting "size" is missing',
    "batch = { size = 8, replace = 1 }": ".batch.replace = 1: ",
    "batch = { size = 8, replace = true, stream = true }": ".batch.replace: a stream",
    "bacth = 8": '.bacth: unknown setting "bacth". Did you mean "batch"?',
}


@pytest.mark.parametrize("lines", WRONG)
def test_what_is_wrong_is_a_line_that_names_the_key(tmp_path, lines):
    with pytest.raises(ConfigError) as caught:
        config(tmp_path, lines)
    (line,) = caught.value.lines
    assert f"optimizers.0{WRONG[lines]}" in line.replace("True", "true")


def test_a_wrong_value_of_a_grid_is_named_itself(tmp_path):
    with pytest.raises(ConfigError, match=r"optimizers\.0\.grid\.batch\.1 = 0: "):
        config(tmp_path, "", "batch = [8, 0]")


def test_measure_names_the_key_too():
    given = (problem("quadratic"), optax.sgd(0.1))
    with pytest.raises(FactoryError, match="gradient = 'magic'"):
        measure(*given, gradient="magic")
    wrong = {"size": 2, "replace": True, "stream": True}
    with pytest.raises(FactoryError, match="replace"):
        measure(*given, batch=wrong)


def record(key, **more):
    sgd = {"name": "sgd", "settings": {"learning_rate": 0.1}}
    plain = {"key": key, "label": "sgd", "problem": {"name": "p"}, "optimizer": sgd}
    return plain | {"seed": 0, "end": "budget"} | more


def test_tables_tell_batches_and_sources_apart_by_name(tmp_path):
    records = (
        record("a-seed_0"),
        record("b-seed_0", batch={"size": 8, "replace": False, "stream": False}),
        record("c-seed_0", batch={"size": 8, "replace": True, "stream": False}),
        record("d-seed_0", gradient="forward_difference", gradient_step=None),
    )
    run = Run(tmp_path, {}, records, None, {})
    assert [entry.optimizer for entry in entries(run)] == [
        "sgd",
        "sgd batch=8",
        "sgd batch=8 replace=True",
        "sgd gradient=forward_difference",
    ]
    assert {entry.family for entry in entries(run)} == {"sgd"}


def test_prices_of_the_full_batch_weigh_no_batch(tmp_path):
    import pandas as pd

    row = {"problem": "p", "call": "gradient", "seconds": 1.0, "ratio_to_forward": 3.0}
    batch = {"size": 8, "replace": False, "stream": False}
    records = (record("a-seed_0"), record("b-seed_0", batch=batch))
    full, part = entries(Run(tmp_path, {}, records, None, {}))
    assert ratios(pd.DataFrame([row]), full) == {"gradient": 3.0}
    assert ratios(pd.DataFrame([row]), part) == {}


def test_a_trial_s_title_says_what_is_asked(tmp_path):
    spec = planned(tmp_path, 'gradient = "random_direction"\nbatch = 8')[0]
    words = "sgd learning_rate=0.1 gradient=random_direction batch=8 seed 0"
    assert title(spec).endswith(words)
    assert said(spec.to_json()) == {"gradient": "random_direction", "batch": 8}
