"""Which trials are still to be done, when several processes share a folder."""

import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bench.config.plan import Plan
from bench.config.read import checked
from bench.core.least_loss import LeastLoss
from bench.core.records import TrialRecord
from bench.execute.adopted import adopt, relabel
from bench.execute.executor import Answer, Lost
from bench.execute.pending import Pending, in_blocks
from bench.execute.tuning import trying
from bench.store import files, trials
from bench.tune.search import NotTuned

from ..configs import specs_of


@pytest.fixture
def specs(tmp_path):
    return specs_of(tmp_path)


def write(folder, spec, end="target"):
    trials.write_trial(folder, TrialRecord(spec, end), [])


def blocks_of(waiting):
    """Claim all blocks, one after the other, and do nothing in them."""
    blocks = []
    while claim := waiting.claim():
        blocks.append(claim.block)
        claim.lock.release()
    return blocks


def names(block):
    return {spec.problem.name for spec in block.trials}


def ordered(specs):
    return [spec for block in in_blocks(specs) for spec in block.trials]


def test_a_block_is_a_problem_in_a_round_and_rounds_come_in_turn(tmp_path):
    specs = specs_of(tmp_path, "rounds=3")
    blocks = in_blocks(specs)
    assert [block.round for block in blocks] == [0, 0, 1, 1, 2, 2]
    assert [len(block.trials) for block in blocks] == [6] * 6
    assert all(len({s.problem.name for s in block.trials}) == 1 for block in blocks)
    assert {s.key for s in ordered(specs)} == {s.key for s in specs}


def test_each_round_of_a_problem_has_an_order_of_its_own(tmp_path):
    specs = specs_of(tmp_path, "rounds=3", "problems.0.label=bowl")
    of_bowl = [b for b in in_blocks(specs) if b.trials[0].problem_label == "bowl"]
    first, second, third = (
        [(s.label, str(s.optimizer), s.seed) for s in block.trials] for block in of_bowl
    )
    assert sorted(first) == sorted(second) == sorted(third)
    assert first != second != third != first


def test_what_is_left_of_a_block_keeps_its_order(tmp_path):
    specs = specs_of(tmp_path, "rounds=3")
    left = specs[::3]
    assert ordered(left) == [s for s in ordered(specs) if s in left]


def test_problems_that_differ_by_a_setting_are_blocks_of_their_own(tmp_path):
    grid = "problems.0.grid.condition=[10.0, 100.0]"
    blocks = in_blocks(specs_of(tmp_path, grid))
    assert len(blocks) == 3
    assert all(len({str(s.problem) for s in b.trials}) == 1 for b in blocks)


def test_what_is_missing_is_done_in_order(specs, folder):
    for spec in specs[::2]:
        write(folder, spec)
    blocks = blocks_of(Pending(specs, folder))
    missing = [s for s in ordered(specs) if s in specs[1::2]]
    assert [s for block in blocks for s in block.trials] == missing


def test_all_is_done_where_every_trial_is_there(specs, folder):
    for spec in specs:
        write(folder, spec)
    assert Pending(specs, folder).claim() is None


def test_a_trial_that_is_to_be_done_again_is(specs, folder):
    for spec in specs:
        write(folder, spec)
    (block,) = blocks_of(Pending(specs, folder, [specs[3].key]))
    assert block.trials == (specs[3],)


def test_a_trial_whose_files_were_spoilt_is_done_again(specs, folder):
    for spec in specs:
        write(folder, spec)
    (folder / "trials" / f"{specs[5].key}.csv").write_text("spoilt")
    (block,) = blocks_of(Pending(specs, folder))
    assert block.trials == (specs[5],)


def test_count_is_of_trials_not_of_blocks(specs, folder):
    assert Pending(specs, folder).count == len(specs) == 12


def test_a_block_is_held_until_it_is_released(specs, folder):
    first, second = Pending(specs, folder), Pending(specs, folder)
    claim = first.claim()
    assert claim.lock.is_locked
    other = second.claim()  # of the second problem: the first is held
    assert not names(claim.block) & names(other.block)
    other.lock.release()
    claim.lock.release()
    again = Pending(specs, folder).claim()
    assert again.block == claim.block
    again.lock.release()


def test_a_lock_is_one_holder_s_at_a_time(folder):
    lock = files.acquire_lock(folder, "block-a")
    assert files.acquire_lock(folder, "block-a") is None
    other = files.acquire_lock(folder, "block-b")
    assert other is not None
    other.release()
    lock.release()
    again = files.acquire_lock(folder, "block-a")
    assert again is not None
    again.release()


def test_locks_are_no_trials(specs, folder):
    claim = Pending(specs, folder).claim()
    assert trials.finished(folder) == {}
    claim.lock.release()


def test_two_that_share_a_folder_do_each_trial_once(tmp_path, folder):
    specs = specs_of(tmp_path, "seeds=10", "rounds=3")
    done, at_once, most = [], [], []

    def take():
        waiting = Pending(specs, folder)
        while claim := waiting.claim():
            at_once.append(claim.block)
            most.append(len(at_once))
            for spec in claim.block.trials:
                done.append(spec.key)
                time.sleep(0.001)
                write(folder, spec)
            at_once.remove(claim.block)
            claim.lock.release()

    threads = [threading.Thread(target=take) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == sorted(spec.key for spec in specs)
    assert max(most) > 1  # they did work side by side


HOLDER = """
import sys, time
from pathlib import Path
from bench.config.plan import Plan
from bench.config.read import read
from bench.execute.pending import Pending
specs = Plan(read(Path(sys.argv[1])), "cpu").specs()
claim = Pending(specs, Path(sys.argv[2])).claim()
print(claim.block.trials[0].problem.name, flush=True)
time.sleep(60)
"""


def test_what_a_killed_process_held_is_done_by_the_next(specs, tmp_path, folder):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "small.toml"), str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert holder.stdout is not None
    held = holder.stdout.readline().strip()
    waiting = Pending(specs, folder)
    claim = waiting.claim()
    assert names(claim.block) == {"quadratic", "logistic_regression"} - {held}
    for spec in claim.block.trials:
        write(folder, spec)
    claim.lock.release()
    holder.kill()
    holder.wait()
    holder.stdout.close()
    (block,) = blocks_of(waiting)
    assert names(block) == {held}
    assert len(block.trials) == 6


def test_a_new_label_measures_nothing_again(specs, tmp_path, folder):
    for spec in specs:
        write(folder, spec)
    done = trials.finished(folder)
    sets = "problems.0.label=bowl", "optimizers.0.label=gd"
    new = adopt(specs_of(tmp_path, *sets), done)
    assert [spec.key for spec in new] == [spec.key for spec in specs]
    relabel(new, done, folder)
    lines = []
    records = trials.finished(folder, lines.append)
    assert {r.spec.label for r in records.values()} == {"gd", "L-BFGS"}
    assert {r.spec.family for r in records.values()} == {"gd", "L-BFGS"}
    labels = {r.spec.problem_label for r in records.values()}
    assert labels == {"bowl", "logistic_regression"}
    assert [records[spec.key].spec for spec in new] == new
    assert lines == []
    assert blocks_of(Pending(new, folder)) == []


def test_keys_are_taken_over_from_other_words(specs):
    there = {
        f"words-{spec.key}": TrialRecord(replace(spec, key=f"words-{spec.key}"), "end")
        for spec in specs
    }
    adopted = adopt(specs, there)
    assert [s.key for s in adopted] == list(there)
    assert replace(adopted[0], key=specs[0].key) == specs[0]


TUNED = """
name = "tuned"
[tuning]
budget = 10
criterion = "final_loss"
[[problems]]
name = "quadratic"
[[optimizers]]
name = "sgd"
"""


class Ends:
    """An executor whose sweeps end as stated, one after the other."""

    def __init__(self, *ends):
        self.ends = list(ends)

    def submit(self, job):
        del job
        yield self.ends.pop(0)


@pytest.mark.parametrize(
    ("ends", "left", "why"),
    [
        ((Answer([1]), Answer([2])), 1, ""),
        ((Lost("killed", died=True), Answer([1])), 0, ""),
        (
            (Lost("killed", died=True), Lost("again", died=True), Answer([1])),
            1,
            "again",
        ),
        ((Lost("took too long"), Answer([1])), 1, "took too long"),
    ],
)
def test_a_sweep_whose_worker_died_is_tried_once_more(ends, left, why):
    (task,) = Plan(checked(TUNED), "cpu").tasks
    executor = Ends(*ends)
    attempt = trying(executor, task, LeastLoss(0.0))
    if why:
        with pytest.raises(NotTuned, match=why):
            attempt([{}])
    else:
        assert attempt([{}]) == [1]
    assert len(executor.ends) == left
