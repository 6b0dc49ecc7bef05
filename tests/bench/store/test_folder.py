"""Facts of problems, which several processes add to one folder."""

import csv
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from bench.core.errors import StoreError
from bench.core.spec import Batch, Named, Spec
from bench.store.folder import add_facts, lacking_prices, read_facts


def spec(label):
    return Spec(Named("quadratic"), Named("sgd"), problem_label=label)


def on_batch(label, size):
    return replace(spec(label), batch=Batch(size))


def test_facts_that_are_added_at_the_same_time_are_all_kept(tmp_path):
    labels = [f"problem {i:02}" for i in range(20)]
    with ThreadPoolExecutor(8) as threads:
        for label in labels:
            threads.submit(add_facts, tmp_path, spec(label), {"prices": []})
    assert [facts["problem"] for facts in read_facts(tmp_path)] == labels


def test_facts_of_another_problem_of_the_same_label_are_replaced(tmp_path):
    add_facts(tmp_path, spec("a"), {"prices": []})
    other = Spec(Named("quadratic", {"size": 3}), Named("sgd"), problem_label="a")
    assert lacking_prices(tmp_path, [spec("a"), other]) == [other]
    add_facts(tmp_path, other, {"prices": []})
    assert lacking_prices(tmp_path, [spec("a"), other]) == [spec("a")]


def test_prices_of_batches_are_kept_beside_those_of_all_examples(tmp_path):
    whole, small, large = spec("a"), on_batch("a", 8), on_batch("a", 64)
    assert lacking_prices(tmp_path, [large, small]) == [whole, large, small]
    for each, seconds in ((large, 3.0), (whole, 4.0), (small, 1.0)):
        add_facts(tmp_path, each, {"prices": [{"call": "forward", "seconds": seconds}]})
    add_facts(tmp_path, small, {"optimum": 0.5})
    assert lacking_prices(tmp_path, [small, large, whole]) == []
    assert lacking_prices(tmp_path, [on_batch("b", 8)]) == [spec("b"), on_batch("b", 8)]
    rows = list(csv.DictReader((tmp_path / "prices.csv").open()))
    own = [(row["batch"], row["seconds"]) for row in rows]
    assert own == [("", "4.0"), ("8", "1.0"), ("64", "3.0")]


def test_prices_on_other_devices_are_wanted_again(tmp_path):
    one, four = spec("a"), replace(spec("a"), devices=4)
    add_facts(tmp_path, one, {"prices": []})
    known = read_facts(tmp_path)
    assert lacking_prices(tmp_path, [one, four]) == [four]
    del known[0]["devices"]  # as before there were several
    (tmp_path / "problems.json").write_text(json.dumps(known))
    assert lacking_prices(tmp_path, [one, four]) == [four]


@pytest.mark.parametrize("text", ['{"quadratic": 3}', "[1]", "[{}]", "["])
def test_facts_that_are_none_are_one_line(tmp_path, text):
    (tmp_path / "problems.json").write_text(text)
    with pytest.raises(StoreError, match=r"problems\.json: .*; remove it$"):
        read_facts(tmp_path)
