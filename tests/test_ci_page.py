"""The workflow on the page about CI: its own commands, run on two versions."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs/ci.md").read_text()
FILES = dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
WORKFLOW = yaml.safe_load(FILES["nightly.yml"])
STEPS = {
    step.get("name", step.get("uses")): step
    for step in WORKFLOW["jobs"]["regression"]["steps"]
}
LESS = {"seeds = 3": "seeds = 1", "steps = 5000": "steps = 40"}
ONE_ROUND = ("1 2 3 4 5", "1")


@pytest.fixture
def desk(tmp_path):
    """Both versions, the newer one without momentum, and a `python` that has bench."""
    config = FILES["nightly.toml"]
    for long, short in LESS.items():
        assert long in config
        config = config.replace(long, short)
    optimizer = FILES["my_optimizer.py"]
    for side in ("before", "after"):
        (tmp_path / side).mkdir()
        (tmp_path / side / "nightly.toml").write_text(config)
        (tmp_path / side / "my_optimizer.py").write_text(optimizer)
        optimizer = optimizer.replace("momentum=0.9", "momentum=0.0")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (tmp_path / "bin/python").chmod(0o755)
    return tmp_path


def step(desk, name, change=("", "")):
    """Run a step as the service does, and return its exit status."""
    path = f"{desk / 'bin'}{os.pathsep}{os.environ['PATH']}"
    known = {"PATH": path, "PYTHONPATH": str(ROOT)}
    known |= {"GITHUB_STEP_SUMMARY": str(desk / "summary.md")}
    script = STEPS[name]["run"]
    assert change[0] in script
    bash = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c"]
    done = subprocess.run(
        [*bash, script.replace(*change)], cwd=desk, env=os.environ | known
    )
    return done.returncode


def test_the_job_fails_if_the_optimizer_became_worse(desk):
    assert step(desk, "Measure both versions in turn", ONE_ROUND) == 0
    assert step(desk, "Compare") == 1
    first, *_ = (desk / "summary.md").read_text().splitlines()
    plain = json.loads((desk / "comparison.json").read_text())
    assert plain["headline"].startswith("mine is worse on ")
    assert first == f"**{plain['headline']}**"
    suites = ElementTree.parse(desk / "junit.xml").getroot()
    failed = {
        c.get("name") for c in suites.iter("testcase") if len(c.findall("failure"))
    }
    assert failed == {"mine"}
    assert (desk / "results/before/run.json").exists()


def test_the_job_keeps_what_it_made(desk):
    kept = STEPS["Keep the runs"]
    assert kept["if"] == "always()"
    made = STEPS["Measure both versions in turn"]["run"] + STEPS["Compare"]["run"]
    for path in kept["with"]["path"].split():
        assert path in made
