"""Which modules the command line imports before it prints."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parents[3]
ASK = """
import contextlib, sys
from bench.cli import main
main(sys.argv[1:])
print(*sys.modules)
"""
HEAVY = {"pandas", "matplotlib", "scipy", "sklearn"}


def modules(*words):
    done = subprocess.run(
        [sys.executable, "-c", ASK, *words],
        capture_output=True,
        text=True,
        cwd=HERE,
        check=True,
    )
    return set(done.stdout.splitlines()[-1].split())


def test_help_imports_nothing_heavy():
    assert not modules("--help") & (HEAVY | {"jax", "numpy", "pydantic", "rich"})


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        (("ru",), "run"),
        (("run", "--device", "g"), "gpu"),
        (("claims", "fd-lb"), "fd-lbfgs"),
    ],
)
def test_a_shell_completes_and_imports_nothing_heavy(words, completed):
    code = "import atexit, sys; from bench.cli import script\n"
    code += "atexit.register(lambda: print(*sys.modules)); script()"
    environment = {
        "_GRADMETER_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(["gradmeter", *words]),
        "COMP_CWORD": str(len(words)),
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=HERE,
        env=os.environ | environment,
    )
    offered, modules = done.stdout.splitlines()
    assert offered == f"plain,{completed}"
    assert not set(modules.split()) & (HEAVY | {"jax"})


@pytest.mark.parametrize(
    "words", [("check", "configs/quickstart.toml"), ("list",)], ids=" ".join
)
def test_check_and_list_import_jax_and_nothing_heavier(words):
    assert not modules(*words) & HEAVY


def test_importing_bench_imports_no_jax():
    code = "import bench, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=HERE,
        check=True,
    )
    assert not set(done.stdout.split()) & (HEAVY | {"jax"})
