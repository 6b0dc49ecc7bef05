"""What README and docs show: the table of a run, links, commands, examples."""

import csv
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from bench.cli import main
from bench.report import plots
from bench.report.plots.draw import Drawn
from bench.store import folder as run_folder

from .bench import in_process

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
LINKING = [*PAGES, ROOT / "CONTRIBUTING.md", *(ROOT / "results").glob("**/README.md")]
REFERENCES = ["quickstart"]
STANDING = ["standing"] * 4
"""Whose tables the README shows, and the page of the standing comparison."""
MOST_WORDS = 1300
FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]*)(?:#([^)]*))?\)")
MODELS = ("characters", "conv", "equinox_net", "flax_net", "kinds")
MOST_LINES = 45
"""Of a user's convolutional net with a target on its accuracy."""
# Enough to see that a command works; the numbers are not looked at here.
SHORT = ["--set", "budget.steps=5", "--set", "seeds=1"]
LESS = {
    "configs/quickstart.toml": [
        *("--only", "optimizer=adam", "--only", "problem=linear_regression")
    ],
    "configs/least_squares.toml": [
        *("--only", "optimizer=gauss_newton", "--only", "problem=linear_regression")
    ],
    "cells.toml": [
        *("--only", "optimizer=adam", "--set", "tuning.trials=2"),
        *("--set", "tuning.refine=0", "--set", "tuning.seeds=1"),
        *("--set", "tuning.score_seeds=1", "--set", "tuning.untuned=false"),
    ],
    **{f"{name}.toml": ["--only", "optimizer=adam"] for name in MODELS},
    "mine.toml": ["--only", "optimizer=mine", "--only", "problem=linear_regression"],
    "own.toml": ["--only", "optimizer=best_of_line.py:best_of_line"],
    "poisson.toml": [
        *("--only", "optimizer=adam", "--set", "problems.0.grid.columns=[5]")
    ],
}


def blocks(page, language):
    """Return a page's blocks in a language as pairs of a file's name and text."""
    found = FENCE.findall(page.read_text())
    return [(name, text) for kind, name, text in found if kind == language]


def shell_lines(page):
    """Return the lines that a page tells to type."""
    return "".join(text for _, text in blocks(page, "sh")).splitlines()


def commands(page):
    """Return the arguments of each `python -m bench` line of a page."""
    lines = shell_lines(page)
    start = "python -m bench "
    return [
        shlex.split(line.removeprefix(start), comments=True)
        for line in lines
        if line.startswith(start)
    ]


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A folder with the project's configs, where commands and examples are run."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # for workers
    return tmp_path


SHOWN = re.compile(r"^<!-- From (\S+) -->\n((?:[|-] ?.*\n|\n(?=- ))+)", re.MULTILINE)
"""A table and the notes below it, and the file that they are from."""


@pytest.mark.parametrize(
    ("page", "files"),
    [("README.md", REFERENCES), ("results/reference/standing/README.md", STANDING)],
)
def test_what_a_page_shows_of_results_stands_there(page, files):
    shown = SHOWN.findall((ROOT / page).read_text())
    assert [Path(file).parts[2] for file, _ in shown] == files
    for file, text in shown:
        assert text.count("\n") > 5
        assert text.strip() in (ROOT / file).read_text()


def test_readme_counts_the_verdicts_of_the_reference_run():
    with (ROOT / "results/reference/claims/verdicts.csv").open() as file:
        verdicts = {row["claim"]: row["verdict"] for row in csv.DictReader(file)}
    count = Counter(
        verdict.partition(" if ")[1] or verdict for verdict in verdicts.values()
    )
    readme = " ".join((ROOT / "README.md").read_text().split())
    assert f"tests {len(verdicts)} sentences" in readme
    assert (
        f"{count['holds']} hold, {count[' if ']} hold under a stated condition, "
        f"{count['fails']} fail."
    ) in readme
    surprising = re.findall(r"`([a-z-]+)` (holds only if|fails)", readme)
    assert len(surprising) == 3
    for claim, verdict in surprising:
        assert verdicts[claim].startswith(verdict.replace(" only", ""))


def test_readme_is_short():
    assert len((ROOT / "README.md").read_text().split()) <= MOST_WORDS


@pytest.mark.parametrize("page", LINKING, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for link, heading in LINK.findall(page.read_text()):
        target = page.parent / link if link else page
        assert target.exists(), link
        assert not heading or heading in headings(target), f"{link}#{heading}"


def headings(page):
    """Return the anchors of a page's headings, as GitHub makes them."""
    lines = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return [re.sub(r"[^\w -]", "", line).lower().replace(" ", "-") for line in lines]


def test_a_convolutional_net_of_ones_own_is_short():
    page = ROOT / "docs/model-on-images.md"
    ((name, text),) = blocks(page, "python")
    assert name == "conv.py"
    assert text.count("\n") <= MOST_LINES
    (config,) = (text for name, text in blocks(page, "toml") if name == "conv.toml")
    assert "target = { accuracy" in config


def test_makes_targets_and_variables_are_the_makefiles():
    made = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    lines = "".join(text for _, text in blocks(ROOT / "README.md", "sh")).splitlines()
    asked = {word for line in lines if "make " in line for word in _targets(line)}
    assert {"quickstart", "test"} <= asked <= made


def _targets(line):
    words = line.partition("#")[0].partition("make ")[2].split()
    return [word for word in words if "=" not in word]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_examples_work(page, desk, monkeypatch):
    if page.name != "README.md":  # which has plots drawn and calls priced
        monkeypatch.setattr(plots, "draw", lambda folder: Drawn([], []))
        monkeypatch.setattr(run_folder, "lacking_prices", lambda folder, specs: [])
        in_process.use(monkeypatch)
    for kind in ("python", "toml", "csv"):
        for name, text in blocks(page, kind):
            if name:
                (desk / name).write_text(text)
    for line in shell_lines(page):
        if line.startswith("python -c "):  # which makes a file
            subprocess.run(
                line.replace("python", sys.executable, 1), shell=True, check=True
            )
    checked = {command[1] for command in commands(page) if command[0] == "check"}
    for config in sorted({config.name for config in desk.glob("*.toml")} - checked):
        assert main(["check", config]) == 0
    for command in commands(page):
        less = [*LESS[command[1]], *SHORT] if command[0] == "run" else []
        assert main([*command, *less]) == 0
    for name, text in blocks(page, "python"):
        if not name:
            example(page, text)


def example(page, text):
    """Run an example in a namespace of its own."""
    exec(compile(text, f"{page.name}:python", "exec"), {"__name__": "shown"})
