"""What keeps a verb from running on this machine, or in this shell, is one line."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

import factories
from bench.cli import environment, main
from bench.core.errors import EnvironmentFault

from ..configs import written

ROOT = Path(__file__).parents[3]
PROGRAMS = ("gradmeter", "python -m bench")
SCRIPT = "from bench.cli import script; script()"


def call(program, *words, folder, before="", **variables):
    """Return the exit status of a program in a folder, and its lines."""
    script = folder / "bin" / "gradmeter"
    script.parent.mkdir(exist_ok=True)
    script.write_text(SCRIPT)
    started = [script] if program == "gradmeter" else ["-m", "bench"]
    command = [sys.executable, *map(str, started), *words]
    done = subprocess.run(
        ["sh", "-c", f'{before}exec "$0" "$@"', *command],
        capture_output=True,
        text=True,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "XLA_FLAGS": ""} | variables,
    )
    return done.returncode, done.stdout.splitlines(), done.stderr.splitlines()


@pytest.mark.parametrize("program", PROGRAMS)
def test_modules_of_the_working_directory_are_found_and_shadow_nothing(
    tmp_path, program
):
    for name in (*environment.PACKAGES, "json", "click"):
        (tmp_path / f"{name}.py").write_text(f"raise SystemExit({name!r})\n")
    (tmp_path / "mine.py").write_text("from optax import sgd\n")
    written(tmp_path)
    change = ["--set", "optimizers.0.name=mine:sgd"]
    status, out, err = call(program, "check", "small.toml", *change, folder=tmp_path)
    assert (status, err) == (0, [])
    assert out[0].startswith("small.toml: 12 trials")


def test_a_module_that_shadows_a_package_of_this_project_is_named(tmp_path):
    (tmp_path / "problems.py").write_text("")
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    found = call("gradmeter", "list", folder=tmp_path, PYTHONPATH=path)
    assert found == (
        1,
        [],
        [
            f'{tmp_path}/problems.py shadows the package "problems" of this project: '
            "rename it, or take it off PYTHONPATH"
        ],
    )


def test_the_packages_are_those_that_a_users_modules_may_not_replace():
    assert {*environment.PACKAGES, "bench", "configs"} == {*factories.PROJECT}


LIMITS = {
    "ulimit -v 524288; ": "JAX cannot run with an address space of 0.5 GiB (ulimit -v)",
    "ulimit -n 8; ": "the system refuses: Too many open files",
}


@pytest.mark.skipif(sys.platform != "linux", reason="limits are those of Linux")
@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_that_is_too_low_is_one_line(tmp_path, limit):
    written(tmp_path)
    status, out, err = call(
        "python -m bench", "run", "small.toml", folder=tmp_path, before=limit
    )
    assert (status, out, len(err)) == (1, [], 1)
    assert err[0].startswith(LIMITS[limit])
    assert not (tmp_path / "results").exists()


VARIABLES = {
    "XLA_FLAGS=--xla_nonsense=1": "Unknown flag in XLA_FLAGS: --xla_nonsense=1",
    "JAX_DISABLE_JIT=1": "only compiled programs are measured",
    "JAX_ENABLE_X64=often": "invalid truth value 'often' for environment "
    "'JAX_ENABLE_X64'",
}


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_variable_that_jax_refuses_is_one_line(
    tmp_path, monkeypatch, capsys, variable
):
    name, _, value = variable.partition("=")
    monkeypatch.delenv("XLA_FLAGS", raising=False)
    monkeypatch.setenv(name, value)
    assert main(["check", str(written(tmp_path))]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"JAX cannot run with {variable}: ")
    assert err.endswith(f"{VARIABLES[variable]}\n")


FAULTS = [
    (OSError(errno.EAGAIN, "Resource temporarily unavailable"), "temporarily"),
    (OSError(errno.ENOSPC, "No space left on device", "/tmp/x"), r"device \(/tmp/x\)"),
    (MemoryError(), "the memory does not suffice"),
    (RuntimeError("can't start new thread"), "too many processes"),
]


@pytest.mark.parametrize(("error", "words"), FAULTS)
def test_the_system_s_refusals_are_one_line(monkeypatch, capsys, error, words):
    def fails():
        raise error

    monkeypatch.setattr(environment, "refuse_shadows", fails)
    assert main(["list"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    with pytest.raises(EnvironmentFault, match=words):
        raise environment.fault(error)
    assert line == str(environment.fault(error))


def test_an_error_of_another_kind_is_none_of_the_machine():
    assert environment.fault(RuntimeError("odd")) is None
    assert environment.fault(OSError(errno.EBADF, "Bad file descriptor")) is None
