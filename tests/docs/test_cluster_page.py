"""The scripts of the page on clusters start workers that a run can use."""

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

from dask_jobqueue import SLURMCluster

ROOT = Path(__file__).parents[2]
FILES = dict(
    re.findall(
        r"^```\w+ (\S+)\n(.*?)^```$",
        (ROOT / "docs" / "cluster.md").read_text(),
        re.MULTILINE | re.DOTALL,
    )
)
SSH = """\
#!/bin/sh
# Stands in for ssh: each host is this machine.
shift
exec sh -c "$*"
"""
PYTHON = """\
#!/bin/sh
# Python, but for `-m bench` a look at the workers.
if [ "$2" = bench ]; then shift 3; exec {python} {folder}/look.py "$@"; fi
exec {python} "$@"
"""
LOOK = """\
import json
import sys
from pathlib import Path

from dask_jobqueue import SLURMCluster

from bench.core.spec import Named, Spec
from bench.execute.cluster import connected
from bench.execute.executor import Facts, answer
from bench.execute.pool import Pool
from tests.bench.execute.simulated import Seen


def value(option):
    return sys.argv[sys.argv.index(option) + 1]


def ask(executor, number):
    return answer(executor, Facts(Spec(Named(""), Named("")))).value


folder = Path(__file__).parent
with connected(value("--scheduler"), int(value("--workers"))) as engine:
    make = lambda: engine.make(folder / "run", "cpu", inner=Seen)
    with Pool(make, engine.timed) as pool:
        seen = [end for _, end in pool.results(range(engine.timed), ask)]
text = json.dumps({"arguments": sys.argv[1:], "seen": seen})
(folder / "seen.json").write_text(text)
"""


def run(folder, script, *arguments):
    """Run a script of the page; return the arguments of its run, and its workers."""
    port = free_port()
    programs = {
        "ssh": SSH,
        "python": PYTHON.format(python=sys.executable, folder=folder),
    }
    for name, text in programs.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    (folder / "look.py").write_text(LOOK)
    (folder / script).write_text(FILES[script])
    done = subprocess.run(
        ["bash", script, *arguments],
        cwd=folder,
        env=os.environ
        | {"PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
        | {"PYTHON": str(folder / "python"), "ADDRESS": "127.0.0.1", "PORT": str(port)},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads((folder / "seen.json").read_text())
    scheduler = f"tcp://127.0.0.1:{port}"
    rest = ["--engine", "dask", "--scheduler", scheduler, "--workers", "2"]
    assert told["arguments"][-6:] == rest
    return told["arguments"][:-6], sorted(told["seen"], key=lambda x: x["worker"])


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def test_two_machines_by_ssh_have_a_worker_each(tmp_path, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    arguments, seen = run(tmp_path, "machines.sh", "my.toml", "alpha", "beta")
    assert arguments == ["my.toml"]
    assert [worker["worker"] for worker in seen] == ["alpha", "beta"]
    assert [worker["OMP_NUM_THREADS"] for worker in seen] == [None, None]


def test_each_gpu_has_a_worker_that_sees_no_other(tmp_path):
    arguments, seen = run(tmp_path, "gpus.sh", "my.toml", "2")
    assert arguments == ["my.toml", "--device", "gpu"]
    pairs = [(worker["worker"], worker["CUDA_VISIBLE_DEVICES"]) for worker in seen]
    assert pairs == [("gpu-0", "0"), ("gpu-1", "1")]


def test_slurm_starts_workers_with_one_thread():
    shown = {"__name__": "shown"}
    exec(compile(FILES["slurm_workers.py"], "slurm_workers.py", "exec"), shown)
    with SLURMCluster(**shown["NODE"]) as cluster:
        script = cluster.job_script()
    assert "--nthreads 1 " in script
    for line in ("--cpus-per-task=8", "--mem=15G", "-t 04:00:00", "--exclusive"):
        assert f"#SBATCH {line}" in script
