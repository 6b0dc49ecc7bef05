"""An executor for Dask workers whose trials measure nothing, and end as they are told.

Dask workers import it: what a trial does there stands in its optimizer's settings.
"""

import os
import signal
import threading
import time
from pathlib import Path

from bench.core.errors import EnvironmentFault
from bench.core.records import TrialRecord
from bench.core.spec import Named, Spec
from bench.execute.executor import Answer, Block, Finished, Progress, Started
from bench.store import trials

PROBLEM = Named("quadratic", {"spectrum": [1.0, 2.0]})


def trial(name, does="sleeps", seconds=0.0, mark=""):
    """Return a trial that sleeps, waits to be ended, or sends its worker a signal.

    Args:
        name: Its label and its key.
        does: `sleeps`, `waits`, or the name of a signal.
        seconds: How long it sleeps, also before a signal.
        mark: A file; a signal is sent only if it is not there yet.
    """
    settings = {"does": does, "seconds": seconds, "mark": str(mark)}
    return Spec(PROBLEM, Named("simulated", settings), label=name, key=name)


class Simulated:
    """Stands in for `LocalExecutor` on a Dask worker."""

    def __init__(self, folder, platform):
        del platform
        self.folder, self.closed = folder, threading.Event()

    def start(self):
        """Do nothing."""

    def close(self):
        """End a trial that waits."""
        self.closed.set()

    def submit(self, job):
        """Answer with the process's number; a trial has it as its steps."""
        if not isinstance(job, Block):
            self.act(job.spec)
            yield Answer(os.getpid())
            return
        for spec in job.trials:
            yield Started(spec)
            start = time.time()
            yield from self.spend(spec)
            record = TrialRecord(spec, "budget", device="cpu", steps=os.getpid())
            rows = [{"step": 0, "seconds": start}, {"step": 1, "seconds": time.time()}]
            yield Finished(spec, trials.write_trial(self.folder, record, rows))

    def spend(self, spec):
        """Act as a trial: one that sleeps says every tenth of it how far it is."""
        told = spec.optimizer.settings
        if told["does"] != "sleeps":
            self.act(spec)
            return
        for tenth in range(1, 11):
            time.sleep(told["seconds"] / 10)
            yield Progress(spec, tenth / 10)

    def act(self, spec):
        """Do what a trial's optimizer says."""
        told = spec.optimizer.settings
        if told["does"] == "sleeps":
            time.sleep(told["seconds"])
        elif told["does"] == "waits":
            if self.closed.wait(60):
                raise EnvironmentFault("the worker was ended")
        elif not told["mark"] or not Path(told["mark"]).exists():
            time.sleep(told["seconds"])
            if told["mark"]:
                Path(told["mark"]).touch()
            os.kill(os.getpid(), getattr(signal, told["does"]))
            time.sleep(60)


class Seen(Simulated):
    """Answers with the worker's name and the variables that it has."""

    NAMES = ("CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS")

    def submit(self, job):
        """Answer after so long that another job meanwhile has another worker."""
        from distributed import get_worker

        time.sleep(1.0)
        names = {name: os.environ.get(name) for name in self.NAMES}
        yield Answer(names | {"worker": get_worker().name})
