"""What the verbs print: characters that an encoding lacks, plots that fail."""

import io
import sys

import pytest

from bench.cli import main
from bench.report.plots import curves
from bench.report.plots.draw import SVG

from ..synthetic_run import Course, Racer, write_run


@pytest.fixture
def folder(tmp_path):
    courses = [Course("回 → \x1b[31m", steps=3), Course("bowl", steps=3)]
    return write_run(tmp_path / "run", courses, [Racer("sgd", 0.5)], seeds=1)


def printed(monkeypatch, encoding, *arguments):
    """Return status and output of a verb on a terminal of this encoding."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding) for _ in range(2)]
    for name, stream in zip(("stdout", "stderr"), streams, strict=True):
        monkeypatch.setattr(sys, name, stream)
    status = main([str(word) for word in arguments])
    monkeypatch.undo()
    out, err = (stream.buffer for stream in streams)
    return status, *(raw.getvalue().decode(encoding) for raw in (out, err))


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
@pytest.mark.parametrize("verb", ["table", "compare", "list", "plot"])
def test_a_verb_works_on_a_terminal_that_lacks_characters(
    monkeypatch, folder, encoding, verb
):
    runs = {"list": [], "compare": [folder, folder]}.get(verb, [folder])
    status, out, err = printed(monkeypatch, encoding, verb, *runs)
    assert (status, err) == (0, "")
    assert out
    if verb == "table":
        assert "\\u56de -> \\x1b[31m" in out


def test_an_error_has_no_control_characters(monkeypatch):
    status, out, err = printed(monkeypatch, "latin-1", "table", "no\x1b[31m⁻")
    assert (status, out) == (2, "")
    assert err == "no\\x1b[31m-: not a run folder (it has no run.json)\n"


def test_a_plot_that_fails_is_a_line_and_a_status(monkeypatch, folder, capsys):
    whole = curves.figure

    def broken(scene, *given):
        if scene.problem == "bowl":
            raise ZeroDivisionError("no such number")
        return whole(scene, *given)

    monkeypatch.setattr(curves, "figure", broken)
    assert main(["plot", str(folder), "--svg"]) == 1
    out, err = capsys.readouterr()
    assert err == (
        "plot bowl-panel could not be drawn: ZeroDivisionError: no such number\n"
    )
    assert out.count("-panel") == 2
    assert out.count(SVG) == 1
