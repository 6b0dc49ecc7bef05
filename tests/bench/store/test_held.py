"""A run takes no folder of something else, nor one that another config is run into."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.config.read import read
from bench.core.errors import StoreError
from bench.store.folder import held, prepare

from ..configs import written
from ..synthetic_run import write_plan

ROOT = Path(__file__).parents[3]
HOLD = """
import sys
from pathlib import Path
from bench.config.read import read
from bench.store.folder import held
with held(Path(sys.argv[1]), read(Path(sys.argv[2])), None):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def config(tmp_path):
    return read(written(tmp_path))


@pytest.fixture
def holder(tmp_path, folder, config):
    """Hold a folder in another process."""
    words = [sys.executable, "-c", HOLD, str(folder), str(tmp_path / "small.toml")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen(words, cwd=ROOT, **pipes)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.communicate()


def test_another_config_is_refused_and_the_same_one_is_not(
    holder, folder, config, tmp_path
):
    other = read(written(tmp_path), ["budget.steps=11"])
    refused = pytest.raises(StoreError, match="another config is being run into it")
    with held(folder, config, None), refused, held(folder, other, None):
        pass
    with refused, held(folder, config, 3):
        pass
    holder.communicate()  # it ends
    with held(folder, other, None):
        pass
    assert not list((folder / "trials").glob(".running-*"))


def test_a_killed_process_holds_nothing(holder, folder, tmp_path):
    holder.kill()
    holder.communicate()
    with held(folder, read(written(tmp_path), ["budget.steps=11"]), None):
        pass
    assert not list((folder / "trials").glob(".running-*"))


FOREIGN = {
    "run.json": "{}",
    "summary.md": "mine",
    "prices.csv": "a,b\n",
    "problems.json": "[]",
    "plots/a.png": "picture",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_folder_with_files_of_something_else_is_refused(folder, name):
    path = folder / name
    path.parent.mkdir(parents=True)
    path.write_text(FOREIGN[name])
    with pytest.raises(StoreError, match="use another --out") as caught:
        prepare(folder)
    assert path.name in str(caught.value)
    assert [p for p in folder.rglob("*") if p.is_file()] == [path]
    assert path.read_text() == FOREIGN[name]


def test_a_folder_of_tables_alone_is_refused(folder):
    folder.mkdir()
    write_plan(folder, [], only_tables=True)
    with pytest.raises(StoreError, match="keeps only the tables"):
        prepare(folder)


def test_a_log_or_the_trials_of_an_interrupted_run_are_no_obstacle(folder):
    (folder / "trials").mkdir(parents=True)
    (folder / "tuning").mkdir()
    (folder / "log.txt").write_text("")
    prepare(folder)
