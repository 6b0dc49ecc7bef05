"""Whose turn a trial is, when several processes share a folder."""

import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

from bench.config.read import read
from bench.execute.pending import Todo, adopt, in_rounds, relabel
from bench.store import locks
from bench.store import trials as store

from ..configs import SMALL, written


def small(tmp_path, *sets):
    return plan(read(written(tmp_path), sets), "cpu")


def write(folder, spec, end="target"):
    store.write_trial(folder, spec.to_json() | {"end": end}, [])


def test_rounds_come_in_turn_each_in_an_order_of_its_own(tmp_path):
    specs = small(tmp_path, "rounds=3")
    ordered = in_rounds(specs)
    assert [s.round for s in ordered] == [0] * 12 + [1] * 12 + [2] * 12
    words = [(s.problem.name, s.label, str(s.optimizer), s.seed) for s in ordered]
    first, second, third = words[:12], words[12:24], words[24:]
    assert sorted(first) == sorted(second) == sorted(third)
    assert first != second != third != first
    assert in_rounds(specs[::3]) == [s for s in ordered if s in specs[::3]]


def test_what_is_missing_is_done_in_order(tmp_path):
    specs = small(tmp_path)
    for spec in specs[::2]:
        write(tmp_path, spec)
    assert list(Todo(specs, tmp_path)) == specs[1::2]


def test_what_is_to_be_done_again_is(tmp_path):
    specs = small(tmp_path)
    for spec in specs:
        write(tmp_path, spec)
    assert list(Todo(specs, tmp_path, [specs[3].key])) == [specs[3]]


def test_a_trial_is_held_while_it_is_being_done(tmp_path):
    (spec, *_) = small(tmp_path)
    for _ in Todo([spec], tmp_path):
        with locks.held(tmp_path, spec.key) as ours:
            assert not ours
    with locks.held(tmp_path, spec.key) as ours:
        assert ours
    assert not list((tmp_path / "trials").glob(".*.lock"))


def test_two_that_share_a_folder_do_each_trial_once(tmp_path):
    specs = small(tmp_path, "seeds=20")
    taken = []

    def take():
        for spec in Todo(specs, tmp_path):
            taken.append(spec.key)
            time.sleep(0.001)
            write(tmp_path, spec)

    threads = [threading.Thread(target=take) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(spec.key for spec in specs)


HOLDER = """
import sys, time
from pathlib import Path
from bench.store import locks
with locks.held(Path(sys.argv[1]), sys.argv[2]):
    print("held", flush=True)
    time.sleep(60)
"""


def test_what_a_killed_process_held_is_done_by_the_next(tmp_path):
    specs = small(tmp_path)[:2]
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path), specs[0].key],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    todo = iter(Todo(specs, tmp_path))
    assert next(todo) == specs[1]  # the other one is held
    write(tmp_path, specs[1])
    holder.kill()
    holder.wait()
    holder.stdout.close()
    assert list(todo) == [specs[0]]


def test_a_new_label_measures_nothing_again(tmp_path):
    old = small(tmp_path)
    for spec in old:
        write(tmp_path, spec)
    done = store.finished(tmp_path)
    new = adopt(small(tmp_path, "problems.0.label=bowl", "optimizers.0.label=gd"), done)
    assert [spec.key for spec in new] == [spec.key for spec in old]
    relabel(new, done, lambda record: store.amend(tmp_path, record))
    told = []
    records = store.finished(tmp_path, told.append).values()
    assert {r["label"] for r in records} == {"gd", "L-BFGS"}
    assert {r["problem_label"] for r in records} == {"bowl", "logistic_regression"}
    assert told == []


def test_keys_are_taken_over_from_other_words(tmp_path):
    specs = small(tmp_path)
    there = {f"words-{spec.key}": {} for spec in specs}
    assert [s.key for s in adopt(specs, there)] == list(there)
    assert replace(adopt(specs, there)[0], key=specs[0].key) == specs[0]


def test_small_has_twelve_trials(tmp_path):
    assert SMALL.count("[[optimizers]]") == 2
    assert len(Todo(small(tmp_path), tmp_path)) == 12
