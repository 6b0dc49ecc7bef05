"""Workers and their children end when the process that started them is killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from bench.execute import watchdog

ROOT = Path(__file__).parents[3]
PARENT = """
import json, sys, time
from bench.execute import local

code, start = sys.argv[1], local._python
local._python = lambda module, *more: (
    [sys.executable, "-c", code, "worker"] if module == "worker"
    else start(module, *more)
)
worker = local.WorkerProcess("cpu")
print(json.dumps(worker.message(60.0)["pids"]), flush=True)
time.sleep(600)
"""
WORKER = """
import ctypes, json, os, signal, subprocess, sys, time
sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
children = {children}
pids = [os.getpid(), *(child.pid for child in children)]
print(json.dumps({{"event": "ready", "pids": pids}}), flush=True)
{act}
"""
WORKERS = {
    "holds the lock": ("[]", "ctypes.PyDLL(None).sleep(600)"),
    "is stopped": ("[]", "os.kill(os.getpid(), signal.SIGSTOP)"),
    "has children": (
        "[subprocess.Popen(sleep), subprocess.Popen(sleep, start_new_session=True)]",
        "time.sleep(600)",
    ),
}


def gone(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def all_gone(pids):
    """Return whether processes end soon."""
    for _ in range(300):
        if all(map(gone, pids)):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("kind", WORKERS)
def test_nothing_is_left_of_a_worker_whose_parent_was_killed(kind, tmp_path):
    children, act = WORKERS[kind]
    code = WORKER.format(children=children, act=act)
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, code],
        stdout=subprocess.PIPE,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert parent.stdout is not None
    pids = json.loads(parent.stdout.readline())
    try:
        assert not any(map(gone, pids))
        parent.kill()
        parent.wait()
        assert all_gone(pids)
    finally:
        for pid in pids:
            if not gone(pid):
                os.kill(pid, signal.SIGKILL)


def test_a_process_ends_with_its_children_in_other_groups():
    children, act = WORKERS["has children"]
    code = WORKER.format(children=children, act=act)
    worker = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert worker.stdout is not None
    pids = json.loads(worker.stdout.readline())["pids"]
    assert len(pids) == 3
    watchdog.end(worker.pid)
    assert worker.wait() == -signal.SIGKILL
    assert all_gone(pids[1:])
