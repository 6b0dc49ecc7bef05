"""Facts of problems, which several processes add to one folder."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from bench.core.errors import StoreError
from bench.core.spec import Named, Spec
from bench.store.folder import add_facts, lacking_facts, read_facts


def spec(label):
    return Spec(Named("quadratic"), Named("sgd"), problem_label=label)


def test_facts_that_are_added_at_the_same_time_are_all_kept(tmp_path):
    labels = [f"problem {i:02}" for i in range(20)]
    with ThreadPoolExecutor(8) as threads:
        for label in labels:
            threads.submit(add_facts, tmp_path, spec(label), {"prices": []})
    assert [facts["problem"] for facts in read_facts(tmp_path)] == labels


def test_facts_of_another_problem_of_the_same_label_are_replaced(tmp_path):
    add_facts(tmp_path, spec("a"), {"prices": []})
    other = Spec(Named("quadratic", {"size": 3}), Named("sgd"), problem_label="a")
    assert lacking_facts(tmp_path, [spec("a"), other]) == [other]
    add_facts(tmp_path, other, {"prices": []})
    assert lacking_facts(tmp_path, [spec("a"), other]) == [spec("a")]


@pytest.mark.parametrize("text", ['{"quadratic": 3}', "[1]", "[{}]", "["])
def test_facts_that_are_none_are_one_line(tmp_path, text):
    (tmp_path / "problems.json").write_text(text)
    with pytest.raises(StoreError, match=r"problems\.json: .*; remove it$"):
        read_facts(tmp_path)
