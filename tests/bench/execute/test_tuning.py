"""Tuning tasks are run once, by several workers and processes, and kept."""

import threading
import time
from dataclasses import replace

import pytest

from bench.core.errors import EnvironmentFault
from bench.core.least_loss import LeastLoss
from bench.execute.executor import Answer, Lost
from bench.execute.pool import Pool
from bench.execute.progress import Lines
from bench.execute.tuning import Tuning, lock_name
from bench.store import files, trials
from bench.store import folder as run_folder
from bench.tune.search import chosen, search

from ..tasks import bowl, task


class Sweeper:
    """An executor whose sweeps end as stated for their optimizer."""

    def __init__(self, **tries):
        self.tries, self.swept = tries, []

    def start(self):
        pass

    def submit(self, job):
        name = job.spec.optimizer.name
        self.swept.append(name)
        time.sleep(0.01)
        end = self.tries[name]
        yield end if isinstance(end, Lost) else Answer(end(job.settings))

    def close(self):
        pass


def complete(folder, tasks, sweeper, lines=None, lost=lambda spec: None):
    report = Lines()
    report.line = ([] if lines is None else lines).append
    tuning = Tuning(folder, lambda spec: LeastLoss(0.0), lost, report)
    with Pool(lambda: sweeper, 2) as pool:
        tuning.complete(pool, tasks)


@pytest.fixture(autouse=True)
def prepared(folder):
    run_folder.prepare(folder)


def test_tasks_are_tuned_once_and_kept_in_the_folder(folder):
    tasks = [task(), task("momentum", fixed={"decay": 0.9})]
    sweeper = Sweeper(sgd=bowl(1e-2), momentum=Lost("so it is"))
    lines = []
    complete(folder, tasks, sweeper, lines)
    first, second = (trials.read_tuning(folder, each.key) for each in tasks)
    assert first == search(tasks[0], bowl(1e-2))
    rate = first.chosen["learning_rate"]
    assert sorted(line.partition("] ")[2] for line in lines) == [
        "quadratic momentum: not tuned: so it is",
        f"quadratic sgd: learning_rate {rate:g} of 8 settings",
    ]
    assert [line[:12] for line in lines] == ["[tuning 1/2]", "[tuning 2/2]"]
    assert chosen([first, second]) == {tasks[0].key: {"learning_rate": rate}}
    complete(folder, tasks, Sweeper(), lines)
    assert len(lines) == 2
    assert trials.load_tuning(folder) == sorted([first, second], key=lambda r: r.key)
    record = folder / "tuning" / f"{tasks[0].key}.json"
    record.write_text("spoilt")
    complete(folder, tasks, sweeper, lines)
    assert len(lines) == 4
    assert lines[2].startswith(f"{record}: not JSON: ")
    aside = folder / "tuning" / "set-aside" / f"{tasks[0].key}.0.json"
    assert aside.read_text() == "spoilt"
    assert trials.read_tuning(folder, tasks[0].key) == first


def test_a_sweep_that_the_machine_may_have_ended_leaves_no_record(folder):
    own, lost = task(), Lost("it was ended by SIGKILL", unknown=True)
    sweeper = Sweeper(sgd=lost)
    with pytest.raises(EnvironmentFault, match=r"cannot be tuned here: .* SIGKILL"):
        complete(folder, [own], sweeper)
    assert sweeper.swept == ["sgd"] * 2  # once more, alone
    assert trials.read_tuning(folder, own.key) is None
    complete(folder, [own], Sweeper(sgd=bowl(1e-2)))
    assert trials.read_tuning(folder, own.key).chosen


def test_two_that_share_a_folder_run_each_task_once(folder):
    tasks = [task(draw_seed=seed) for seed in range(12)]

    def slow(settings):  # so that the second thread has begun before the first ends
        time.sleep(0.01)
        return bowl(1e-2)(settings)

    sweepers = [Sweeper(sgd=slow) for _ in range(2)]
    threads = [
        threading.Thread(target=complete, args=(folder, tasks, each))
        for each in sweepers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    alone = Sweeper(sgd=bowl(1e-2))
    complete(folder.parent / "alone", tasks, alone)
    assert len(trials.load_tuning(folder)) == len(tasks)
    assert sum(len(each.swept) for each in sweepers) == len(alone.swept)
    assert all(each.swept for each in sweepers)  # both did some


def test_a_task_that_another_process_leaves_undone_is_run(folder):
    own = task()
    held = files.acquire_lock(folder, lock_name(own))
    threading.Timer(0.3, held.release).start()
    complete(folder, [own], Sweeper(sgd=bowl(1e-2)))
    assert trials.read_tuning(folder, own.key).chosen


def test_tasks_of_a_problem_do_not_stand_together(folder):
    own = [replace(task(), key=f"{problem}{i}") for problem in "abc" for i in range(9)]
    tuning = Tuning(folder, lambda spec: LeastLoss(), lambda spec: None, Lines())
    order = [each.key for each in tuning.missing(own)]
    assert order == [each.key for each in tuning.missing(own[::-1])]
    assert len({key[0] for key in order[:8]}) == 3
