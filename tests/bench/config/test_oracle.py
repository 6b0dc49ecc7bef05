"""Gradient sources and batches in a config: read, planned, keyed, distinguished."""

from dataclasses import replace

import optax
import pandas as pd
import pytest

from bench import measure
from bench.config.plan import Plan, identity
from bench.config.read import read
from bench.core.checking import checked
from bench.core.errors import ConfigError
from bench.core.spec import Batch, Named, Spec
from bench.execute.progress import title
from bench.report.groups import Results
from bench.store.run import in_memory
from factories import FactoryError

from ..configs import SMALL, written
from ..small import problem


def config(tmp_path, lines, grid=""):
    """Return the small config with lines added to its first optimizer."""
    text = SMALL.replace('name = "sgd"\n', f'name = "sgd"\n{lines}\n')
    text = text.replace("[0.1, 1.0]\n", f"[0.1, 1.0]\n{grid}\n")
    return read(written(tmp_path, text))


def planned(tmp_path, lines, grid=""):
    return Plan(config(tmp_path, lines, grid), "cpu").specs()


def test_gradient_source_and_batch_are_in_the_spec_and_not_in_the_settings(tmp_path):
    lines = 'gradient = "central_difference"\ngradient_step = 1e-3\nbatch = 32'
    spec = planned(tmp_path, lines)[0]
    assert spec.optimizer.settings == {"learning_rate": 0.1}
    assert (spec.gradient, spec.gradient_step) == ("central_difference", 1e-3)
    assert spec.batch == Batch(32)
    assert checked(Spec, spec.to_json()) == spec


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
    assert identities("batch = 8")[0] == "1e15885d1a88"  # as before there was `last`
    assert identities('batch = { size = 8, last = "span" }') == identities("batch = 8")
    assert not set(identities("batch = 8")[:2]) & set(identities(""))


def test_a_last_batch_may_be_dropped_by_either_name_or_padded(tmp_path):
    def one(table):
        return planned(tmp_path, f"batch = {{ size = 8, {table} }}")[0]

    assert one('last = "pad"').batch == Batch(8, last="pad")
    assert one("drop_last = true") == one('last = "drop"')
    assert one("drop_last = false") == one('last = "span"')
    spec = one('last = "drop"')
    assert spec.batch == Batch(8, last="drop")
    assert spec.oracle_settings == {"batch": 8, "last": "drop"}
    assert checked(Spec, spec.to_json()) == spec
    usual = one("replace = false")
    assert "last" not in usual.to_json()["batch"]
    assert identity(usual.key) != identity(spec.key)


WRONG = {
    'gradient = "forward"': ".gradient = 'forward': should be",
    "gradient_step = 1e-3": '.gradient_step: gradient = "autodiff" takes no step',
    'gradient = "central_difference"\ngradient_step = 0.0': ".gradient_step = 0.0: ",
    "batch = 0": ".batch = 0: should be at least 1 or a table",
    "batch = true": ".batch = true: should be a whole number",
    "batch = { size = 0 }": ".batch.size = 0: ",
    "batch = { sise = 8 }": '.batch.sise: unknown setting "sise". Did you mean "size"?',
    "batch = { replace = true }": '.batch: setting "size" is missing',
    "batch = { size = 8, replace = 1 }": ".batch.replace = 1: ",
    "batch = { size = 8, replace = true, stream = true }": ".batch.replace: a stream",
    'batch = { size = 8, last = "short" }': ".batch.last = 'short': should be 'span'",
    'batch = { size = 8, last = "pad", stream = true }': ".batch.last: a stream has no",
    "batch = { size = 8, drop_last = true, replace = true }": ".batch.drop_last: draw",
    'batch = { size = 8, drop_last = true, last = "pad" }': ".batch.drop_last: `last",
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


SGD = Spec(Named("p"), Named("sgd", {"learning_rate": 0.1}), key="a-seed_0")
ON_A_BATCH = replace(SGD, batch=Batch(8), key="b-seed_0")


def test_tables_tell_batches_and_sources_apart_by_name():
    specs = [
        SGD,
        ON_A_BATCH,
        replace(SGD, batch=Batch(8, replace=True), key="c-seed_0"),
        replace(SGD, gradient="forward_difference", key="d-seed_0"),
    ]
    groups = Results(in_memory("run", specs)).groups
    assert [group.optimizer for group in groups] == [
        "sgd",
        "sgd batch=8",
        "sgd batch=8 replace=True",
        "sgd gradient=forward_difference",
    ]
    assert {group.spec.family for group in groups} == {"sgd"}


def test_prices_of_the_full_batch_are_not_those_of_a_batch():
    row = {"problem": "p", "call": "gradient", "seconds": 1.0, "ratio_to_forward": 3.0}
    run = replace(in_memory("run", [SGD, ON_A_BATCH]), prices=pd.DataFrame([row]))
    results = Results(run)
    full, part = results.groups
    assert results.prices(full) == {"gradient": 3.0}
    assert results.prices(full, "seconds") == {"gradient": 1.0}
    assert results.prices(part) == {}


def test_a_trial_s_title_names_gradient_source_and_batch(tmp_path):
    spec = planned(tmp_path, 'gradient = "random_direction"\nbatch = 8')[0]
    words = "sgd learning_rate=0.1 gradient=random_direction batch=8 seed 0"
    assert title(spec).endswith(words)
    assert spec.oracle_settings == {"gradient": "random_direction", "batch": 8}
