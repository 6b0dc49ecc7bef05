"""Shards: together they are the run, whatever its problems and rounds."""

import click
import pytest

from bench.cli.run import run_config
from bench.config.plan import Plan
from bench.config.read import checked, read
from bench.core.errors import ConfigError, StoreError
from bench.core.readings import READINGS
from bench.core.records import TrialRecord
from bench.execute.shard import Shard
from bench.store import merged
from bench.store.run import load as open_run

from ..configs import SMALL, written
from ..executors import StandInExecutor, replace_workers

TUNED = """
[tuning]
budget = 100
trials = 2
refine = 0
seeds = 1
score_seeds = 1
"""


@pytest.fixture
def stand_in(monkeypatch):
    executor = StandInExecutor(trial)
    replace_workers(monkeypatch, executor)
    return executor


def trial(spec):
    calls = dict.fromkeys(READINGS, 3)
    record = TrialRecord(
        spec, "budget", device="cpu", steps=3, seconds=0.25, readings=calls
    )
    return record, [calls | {"step": 3, "seconds": 0.25, "loss": 1.0}]


def planned(problems: int, rounds: int):
    entries = "".join(
        f'[[problems]]\nname = "quadratic"\ndimension = {2 + i}\n'
        for i in range(problems)
    )
    text = f'name = "many"\nseeds = 2\nrounds = {rounds}\n{entries}'
    text += '[[optimizers]]\nname = "sgd"\nlearning_rate = 0.1\n'
    return Plan(checked(text), "cpu").specs()


@pytest.mark.parametrize("problems", [1, 2, 3, 7])
@pytest.mark.parametrize("rounds", [1, 2, 4])
@pytest.mark.parametrize("of", [1, 2, 3, 5])
def test_each_trial_is_in_one_shard(problems, rounds, of):
    specs = planned(problems, rounds)
    shards = [Shard(i, of) for i in range(1, of + 1)]
    if of > problems * rounds:
        with pytest.raises(ConfigError, match=f"the run has {problems * rounds} block"):
            [shard.trials(specs) for shard in shards]
        return
    parts = [shard.trials(specs) for shard in shards]
    keys = [spec.key for part in parts for spec in part]
    assert sorted(keys) == sorted(spec.key for spec in specs)
    blocks = [len({(s.problem_label, s.round) for s in part}) for part in parts]
    assert max(blocks) - min(blocks) <= (rounds if problems >= of else 1)


def test_the_rounds_of_a_problem_stay_together_if_there_are_enough_problems():
    specs = planned(5, 3)
    for number in (1, 2):
        mine = Shard(number, 2).trials(specs)
        names = {spec.problem_label for spec in mine}
        assert len(mine) == sum(spec.problem_label in names for spec in specs)


def test_a_shard_tunes_what_its_trials_need():
    plan = Plan(
        checked(
            SMALL.replace("[optimizers.grid]\n", "").replace(
                "learning_rate = [0.1, 1.0]", ""
            )
            + TUNED
        ),
        "cpu",
    )
    needed = [
        Shard(n, 2).tasks(plan.tasks, Shard(n, 2).trials(plan.specs())) for n in (1, 2)
    ]
    assert [len(tasks) for tasks in needed] == [1, 1]
    assert {t.key for tasks in needed for t in tasks} == {t.key for t in plan.tasks}


def test_merged_shards_are_the_run(stand_in, tmp_path):
    config = written(tmp_path)
    parts = []
    for number in (1, 2):
        parts.append(tmp_path / str(number))
        run_config(config, out=parts[-1], shard=Shard(number, 2))
    assert len(stand_in.done) == 12
    merged.merge(parts, tmp_path / "both")
    run_config(config, out=tmp_path / "whole")
    both, whole = (open_run(tmp_path / name) for name in ("both", "whole"))
    for of in (lambda run: run.record.planned, lambda run: run.records):
        assert {one.key for one in of(both)} == {one.key for one in of(whole)}
    assert both.record.shard == whole.record.shard == ""
    assert open_run(parts[1]).record.shard == "2/2"


def test_a_shard_in_another_folder_is_tuned_as_the_whole_run_is(stand_in, tmp_path):
    text = SMALL.replace("[optimizers.grid]\n", "")
    text = text.replace("learning_rate = [0.1, 1.0]", "") + TUNED
    config = written(tmp_path, text)
    parts = [tmp_path / str(number) for number in (1, 2)]
    for number, part in enumerate(parts, 1):
        run_config(config, out=part, shard=Shard(number, 2))
    run_config(config, out=tmp_path / "whole")
    keys = [
        {path.stem for path in (folder / "tuning").glob("*.json")}
        for folder in (*parts, tmp_path / "whole")
    ]
    assert [len(each) for each in keys] == [1, 1, 2]
    assert keys[0] | keys[1] == keys[2]


def test_two_shards_are_not_run_into_one_folder_at_once(tmp_path, folder, monkeypatch):
    config, refused = written(tmp_path), []

    def meanwhile(spec):
        if not refused:
            refused.append("")
            with pytest.raises(StoreError) as caught:
                run_config(config, out=folder, shard=Shard(2, 2))
            refused[0] = str(caught.value)
        return trial(spec)

    replace_workers(monkeypatch, StandInExecutor(meanwhile))
    run_config(config, out=folder, shard=Shard(1, 2))
    assert "another config is being run into it" in refused[0]


def test_a_folder_holds_one_shard(stand_in, tmp_path):
    config, out = written(tmp_path), tmp_path / "part"
    run_config(config, out=out, shard=Shard(1, 2))
    done = len(stand_in.done)
    with pytest.raises(StoreError, match="has shard 1/2 of the run: use another --out"):
        run_config(config, out=out, shard=Shard(2, 2))
    with pytest.raises(StoreError, match="has shard 1/2"):
        run_config(config, out=out)
    run_config(config, out=out, shard=Shard(1, 2))
    assert len(stand_in.done) == done


@pytest.mark.parametrize("words", ["0/2", "3/2", "2", "a/b", "1/0", "-1/2"])
def test_a_shard_is_written_as_a_part_of_several(words):
    from bench.cli.run import _Shard

    with pytest.raises(click.BadParameter, match="write 2/4 for the second of 4"):
        _Shard().convert(words, None, None)


def test_the_quick_size_of_a_shipped_config_can_be_split():
    from bench.config import shipped

    specs = Plan(read(shipped.find("standing"), quick=True), "cpu").specs()
    assert sum(len(Shard(n, 4).trials(specs)) for n in (1, 2, 3, 4)) == len(specs)
