"""The verbs that give a run other forms: where they write, and what they refuse."""

import json

import pandas as pd
import pytest

from bench.cli import main
from bench.report.tables.summary import write

from ..synthetic_run import Course, Racer, contents, write_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("formats") / "run"
    courses = [Course(steps=30), Course("valley", steps=30)]
    return write_run(folder, courses, [Racer("sgd", 0.6), Racer("adam", 0.5)], seeds=2)


def call(capsys, *words):
    """Return the exit status, stdout, and the lines on stderr."""
    status = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return status, out, err.splitlines()


def test_a_format_prints_and_leaves_the_run_as_it_is(run, capsys, tmp_path):
    before = contents(run)
    status, out, err = call(capsys, "table", run, "--format", "csv")
    assert (status, err) == (0, [])
    (tmp_path / "t.csv").write_text(out)
    assert list(pd.read_csv(tmp_path / "t.csv")["optimizer"]) == ["sgd", "adam"] * 2
    status, out, _ = call(capsys, "table", run, "--format", "json")
    assert set(json.loads(out)["tables"]) >= {"summary", "comparison", "durations"}
    status, out, _ = call(capsys, "table", run, "--format", "latex")
    assert out.startswith("% needs ")
    assert out.endswith("\\end{table*}\n")
    assert contents(run) == before


def test_a_table_by_name_is_markdown(run, capsys):
    status, out, _ = call(capsys, "table", run, "--table", "durations")
    assert status == 0
    assert out.startswith("## Where the time went\n")
    assert out.count("\n## ") == 0


def test_with_a_folder_each_table_is_a_file(run, capsys, tmp_path):
    out_folder = tmp_path / "new" / "tables"
    words = ("--format", "latex", "--out", out_folder)
    status, out, err = call(capsys, "table", run, *words)
    assert (status, err) == (0, [])
    paths = sorted(out_folder.iterdir())
    assert sorted(out.splitlines()) == [str(path) for path in paths]
    assert {"summary-bowl.tex", "comparison-seconds.tex"} <= {p.name for p in paths}
    assert not (out_folder / "run.json").exists()


def test_a_run_folder_receives_no_files_of_another(run, capsys, tmp_path):
    other = write_run(tmp_path / "b", [Course(steps=5)], [Racer("sgd", 0.6)], seeds=1)
    before = contents(other)
    for words in (["table", run, "--format", "csv"], ["plot", run, other]):
        status, out, err = call(capsys, *words, "--out", other)
        assert (status, out) == (2, "")
        assert f"{other}: a run folder" in err[-1]
    assert contents(other) == before


def test_a_folder_of_tables_alone_says_so(run, capsys, tmp_path):
    write(run)
    assert call(capsys, "table", run, "--out", tmp_path / "kept")[0] == 0
    status, out, err = call(capsys, "table", tmp_path / "kept", "--format", "json")
    assert (status, out) == (2, "")
    assert "keeps only the tables of a run" in err[0]
    assert len(err) == 1


def test_plots_are_drawn_in_formats_and_in_a_size(run, capsys, tmp_path):
    style = tmp_path / "own.mplstyle"
    style.write_text("font.size: 7\n")
    words = ("--format", "pdf,pgf", "--size", "two-column", "--style", style)
    status, _, err = call(capsys, "plot", run, *words)
    assert (status, err) == (0, [])
    drawn = {path.name for path in (run / "plots").iterdir()}
    panels = {"bowl-panel", "valley-panel", "profiles"}
    assert drawn == {f"{name}.{form}" for name in panels for form in ("pdf", "pgf")}
    assert "pgfqpoint{7.000000in}" in (run / "plots" / "bowl-panel.pgf").read_text()


def test_a_size_without_room_is_a_line_and_a_status(run, capsys):
    status, _, err = call(capsys, "plot", run, "--size", "3.4x2")
    assert status == 1
    assert all("could not be drawn: 3.4 inches of width need" in line for line in err)


WRONG = {
    ("table", "--format", "xml"): "'xml' is not one of 'csv', 'json', 'latex'",
    ("table", "--format", "cvs"): "'csv', 'json', 'latex', 'markdown'. Did you mean",
    ("table", "--format", "csv", "--table", "sumary"): 'Did you mean "summary"?',
    ("plot", "--format", "png,jpg"): "'jpg' is not one of 'png', 'svg', 'pdf', 'pgf'",
    ("plot", "--size", "two-colum"): 'Did you mean "two-column"?',
    ("plot", "--style", "none.mplstyle"): "cannot read none.mplstyle: No such file",
    ("export", "--to", "comet"): "'comet' is not one of 'tensorboard', 'wandb'",
    ("export",): "Missing option '--to'",
}


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_a_wrong_option_is_one_line(run, capsys, words):
    verb, *options = words
    status, out, err = call(capsys, verb, run, *options)
    assert (status, out) == (2, "")
    assert WRONG[words] in err[0]
