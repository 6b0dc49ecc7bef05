"""The process that runs jobs: it reads specs as JSON lines and writes messages."""

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from factories import FactoryError, taken_from

from ..core.checking import checked
from ..core.errors import DiskFull, in_a_line
from ..core.least_loss import LeastLoss
from ..core.spec import Spec
from ..store import trials
from .others import RECENT, Others

SNAPSHOT_EVERY = 1.0
BEAT_EVERY = 0.1
"""Seconds between snapshots, and between signs of life, sent to the parent."""
_WATCHDOG_SECONDS = 5.0


def main(platform: str) -> None:
    """Run jobs until there are no more.

    Args:
        platform: `cpu`, `gpu` or `tpu`.
    """
    send = _Sender()
    jobs = _listen()
    others = Others()
    from ..measurement.runtime import Runtime
    from ..store.environment import pin

    pin()
    runtime = Runtime(platform)
    send("ready", device=runtime.device.device_kind)
    while (job := jobs.get()) is not None:
        with taken_from(job["paths"]):
            _do(job, runtime, others, send)


def _do(job: dict[str, Any], runtime: Any, others: Others, send: "_Sender") -> None:
    """Do a job and send its answer."""
    spec = checked(Spec, job["spec"])
    if "least" in job:
        runtime.set_least(spec, LeastLoss(*job["least"]))
    if job["job"] == "trial":
        _trial(runtime, spec, job, others, send)
    elif job["job"] == "sweep":
        tell = partial(send, "clock", steps=0, seconds=0.0)
        tell()
        send("done", **_answer(partial(_sweep, runtime, spec, job, tell)))
    elif job["job"] == "arrays":
        send("done", **_answer(partial(runtime.arrays, spec)))
    elif job["job"] == "certify":
        send("done", **_answer(partial(_certify, runtime, spec, send)))
    elif job["job"] == "make":
        send("done", value=_make(runtime, spec))
    else:
        send("done", **_answer(partial(_facts, runtime, spec)))


def _trial(
    runtime: Any, spec: Spec, job: dict[str, Any], others: Others, send: "_Sender"
) -> None:
    from ..measurement.runtime import SpecTrial

    trial = SpecTrial(runtime, spec, lambda phase, outcome: tell(phase, outcome))
    sent = {"snapshot": time.monotonic(), "beat": 0.0}

    def tell(phase: str, outcome: Any) -> None:
        now = time.monotonic()
        if now - sent["snapshot"] > SNAPSHOT_EVERY:
            record = trial.record("failed", "", 0.0).to_json()
            send("snapshot", record=record, csv=trials.to_csv(trial.rows()))
            sent["snapshot"] = now
        if phase != "chunk" or now - sent["beat"] > BEAT_EVERY:
            spent = {} if outcome is None else _spent(outcome)
            send(phase, **spent)
            sent["beat"] = now

    before = others.cores(RECENT)
    record, rows = trial.run()
    after = others.cores()
    record = replace(
        record,
        interruptions=job["interruptions"],
        beside=job["beside"],
        others_before=before,
        others_after=after,
    )
    try:
        written = trials.write_trial(Path(job["folder"]), record, rows)
        send("done", record=written.to_json())
    except DiskFull as error:  # leave no record, so that the trial counts as missing
        send("full", lines=error.lines)


def _spent(outcome: Any) -> dict[str, Any]:
    readings = [int(n) for n in outcome.readings]
    return {"steps": outcome.steps, "seconds": outcome.seconds, "readings": readings}


def _answer(work: Callable[[], Any]) -> dict[str, Any]:
    """Return the result of some work, or the error as one line."""
    from ..tune.search import NotTuned

    try:
        return {"value": work()}
    except FactoryError as error:
        return {"why": str(error), "refused": True}
    except NotTuned as error:
        return {"why": str(error)}
    except (Exception, SystemExit) as error:  # a user's code may raise anything
        return {"why": in_a_line(error)}


def _certify(runtime: Any, spec: Spec, send: "_Sender") -> dict[str, Any]:
    """Return a problem's size and certificate; `send` announces the latter."""
    from ..measurement.preparation import certificate, size
    from ..measurement.runtime import context

    with context(spec, runtime.device):
        problem = runtime.problem(spec)
        send("certify")
        return size(problem) | certificate(problem)


def _facts(runtime: Any, spec: Spec) -> dict[str, Any]:
    from ..measurement.landscape import landscape
    from ..measurement.prices import facts

    return facts(runtime, spec) | {"landscape": landscape(runtime, spec)}


def _make(runtime: Any, spec: Spec) -> bool:
    """Make the program of a trial; return whether later processes find it on disk."""
    from ..measurement.cache import folder
    from ..measurement.clock import Ledger
    from ..measurement.runtime import context

    try:
        with context(spec, runtime.device):
            runtime.make_room(spec)
            problem = runtime.problem(spec)
            params = runtime.start(spec)
            ready = runtime.ready(spec, problem, params, Ledger())
            runtime.referee(ready, spec.optimizer, problem, params)
    except (Exception, SystemExit):  # the trial will state it
        return False
    return folder() is not None


def _sweep(
    runtime: Any, spec: Spec, job: dict[str, Any], tell: Callable[..., None]
) -> Any:
    """Return the scores of some settings; `tell` announces how many trials fit."""
    from ..config.schema import TuningTable
    from ..tune.sweep import try_settings

    table = TuningTable(**job["table"])
    return try_settings(
        *(runtime, spec, table, job["settings"]),
        tell=lambda fit: tell(fit=asdict(fit)),
    )


class _Sender:
    """Sends messages on the original stdout; a user's print goes to stderr."""

    def __init__(self):
        self._file = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)

    def __call__(self, event: str, **more: Any) -> None:
        self._file.write(json.dumps({"event": event} | more) + "\n")
        self._file.flush()


def _listen() -> "SimpleQueue[dict[str, Any] | None]":
    """Read jobs in a thread.

    If the parent has ended, the watchdog ends this process and its children. The thread
    ends the process if the watchdog has ended too.
    """
    jobs: SimpleQueue[dict[str, Any] | None] = SimpleQueue()

    def read() -> None:
        for line in sys.stdin:
            jobs.put(json.loads(line))
        time.sleep(_WATCHDOG_SECONDS)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    return jobs


if __name__ == "__main__":
    main(sys.argv[1])
