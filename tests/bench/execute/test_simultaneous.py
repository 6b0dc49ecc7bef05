"""Two runs that time trials on one machine are both warned."""

import subprocess
import sys

import pytest

from bench.execute.progress import Lines
from bench.execute.simultaneous import Simultaneous

HOLD = """
import sys
from pathlib import Path
from bench.execute.progress import Lines
from bench.execute.simultaneous import Simultaneous
with Simultaneous(Lines(), Path(sys.argv[1])).timing():
    print("timing", flush=True)
    sys.stdin.read()
"""


class Told(Lines):
    def __init__(self):
        super().__init__()
        self.lines = []

    def line(self, text):
        self.lines.append(text)


@pytest.fixture
def other(tmp_path):
    words = [sys.executable, "-c", HOLD, str(tmp_path)]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


def start(process):
    assert process.stdout.readline() == b"timing\n"


def test_the_later_run_is_warned_when_it_starts_and_the_earlier_one_when_it_looks(
    tmp_path, other
):
    start(other)
    later = Told()
    with Simultaneous(later, tmp_path).timing():
        assert len(later.lines) == 1
        assert f"(process {other.pid})" in later.lines[0]


def test_the_earlier_run_is_warned_at_its_next_look_and_once(tmp_path, other):
    told = Told()
    mine = Simultaneous(told, tmp_path)
    with mine.timing():
        start(other)
        assert told.lines == []
        mine.look()
        mine.look()
        assert len(told.lines) == 1


def test_a_killed_run_and_one_that_has_ended_warn_nobody(tmp_path, other):
    start(other)
    other.kill()
    other.wait()
    told = Told()
    with Simultaneous(told, tmp_path).timing():
        pass
    with Simultaneous(told, tmp_path).timing():
        pass
    assert told.lines == []
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_stops_no_run(tmp_path):
    path = tmp_path / "file"
    path.write_text("")
    told = Told()
    with Simultaneous(told, path).timing():
        pass
    assert told.lines == []
