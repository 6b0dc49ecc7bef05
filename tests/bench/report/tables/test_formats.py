"""Tables in other formats: what is in them, and that other programs read them."""

import io
import json
import shutil
import subprocess
from dataclasses import replace
from math import isinf

import pandas as pd
import pytest

from bench.core.errors import BenchError
from bench.core.formats import TABLES
from bench.report.groups import Results
from bench.report.tables.formats import NAMES, files_of, text_of
from bench.report.tables.summary import Tables
from bench.store.run import load

from ...hostile import LABELS
from ...synthetic_run import Course, Racer, write_run
from ..races import FEW, MANY, NEWTON, SLOW
from .latex_reader import argument, environments, rows

COURSES = [
    Course("bowl", steps=100, metrics=("held_out_accuracy", "held_out_loss")),
    Course("valley", optimum=None, target=1e-3, steps=60),
    Course("plain", target=None, steps=20),
]


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder = tmp_path_factory.mktemp("formats")
    run = write_run(folder, COURSES, [FEW, MANY, SLOW, NEWTON], seeds=7)
    return Tables(Results(load(run)))


def test_csv_is_one_table_that_pandas_reads_exactly(tables):
    read = pd.read_csv(io.StringIO(text_of(tables, "csv")))
    for column in tables.summary.select_dtypes("number"):
        assert read[column].equals(tables.summary[column].astype(read[column].dtype))
    other = pd.read_csv(io.StringIO(text_of(tables, "csv", ["comparison"])))
    assert len(other) == len(tables.findings["comparison"])
    with pytest.raises(BenchError, match="one table"):
        text_of(tables, "csv", ["summary", "comparison"])


def test_json_has_all_digits_and_the_units(tables):
    made = json.loads(text_of(tables, "json"))
    assert made["run"] == "synthetic"
    assert set(made["tables"]) == set(tables.frames())
    summary = made["tables"]["summary"]
    expected = tables.summary.to_dict("records")
    for row, ours in zip(summary["rows"], expected, strict=True):
        seconds = ours["seconds_to_target"]
        shown = row["seconds_to_target"]
        assert shown == (
            None if seconds != seconds else "inf" if isinf(seconds) else seconds
        )
    assert any(row["seconds_to_target"] == "inf" for row in summary["rows"])
    units = summary["units"]
    assert units["seconds_to_target_low"] == "s"
    assert units["gradient_to_target"] == "calls"
    assert units["forward_equivalents_to_target"] == "forward passes"
    assert units["state_bytes"] == "B"
    assert made["tables"]["prices"]["units"]["bytes_per_second"] == "B/s"
    assert made["tables"]["break_even"]["units"]["measured"] == "forward passes"
    assert made["tables"]["predicted"]["units"]["measured"] == "s"


PURE = {
    *("trials", "finished", "seeds", "reached", "lost", "disturbed", "coverage"),
    *("target_loss", "cpu_share", "state_per_parameter", "seed", "round"),
    *("problems", "solved", "area", "chance", "corrected", "draw_seeds", "doubt"),
}
"""Columns of numbers without a unit, and the beginnings of others."""
BEGINNINGS = ("rank", "only_", "problems_", "best_", "final_", "start_", "optimum")


def test_every_number_has_its_unit_or_has_none(tables):
    made = json.loads(text_of(tables, "json"))["tables"]
    for name, frame in tables.frames().items():
        for column in frame.select_dtypes("number"):
            pure = column in PURE or column.startswith(BEGINNINGS)
            assert (column in made[name]["units"]) != pure, (name, column)


def test_latex_prints_a_float_for_each_problem(tables):
    text = text_of(tables, "latex")
    assert text.startswith("% needs \\usepackage{booktabs,graphicx}\n")
    floats = environments(text)
    titles = [argument(one.text, "caption") for one in floats]
    assert titles == [
        "bowl, float32, cpu: 2 cores",
        "bowl: metrics",
        "valley, float32, cpu: 2 cores",
        "plain, float32, cpu: 2 cores",
    ]
    labels = [argument(one.text, "label") for one in floats]
    assert labels[0] == "tab:summary-bowl"
    assert len(set(labels)) == len(labels)
    heading, *lines = rows(floats[0])
    assert heading[:3] == ["optimizer", "ends", "time to target"]
    assert {len(line) for line in lines} == {len(heading)}
    assert "order statistics" in floats[0].text


def test_the_best_is_bold_and_has_its_interval(tables):
    bowl, _, valley, plain = map(rows, environments(text_of(tables, "latex")))
    time = {line[0]: line[2] for line in bowl[1:]}
    assert [name for name, cell in time.items() if "\\textbf" in cell] == ["newton"]
    row = tables.summary.query("problem == 'bowl' and optimizer == 'newton'").iloc[0]
    ends = [1e6 * row[f"seconds_to_target{end}"] for end in ("", "_low", "_high")]
    digits = [f"{end:.1f}" for end in ends]  # from 10 to 100 µs
    assert time["newton"] == (
        f"\\textbf{{\\boldmath {digits[0]}}} "
        f"{{\\scriptsize [{digits[1]}, {digits[2]}]}}\\,$\\mu$s"
    )
    # A kind of call alone is no cost, and where a target ends trials no loss is best.
    assert not any("\\textbf" in cell for line in bowl[1:] for cell in line[3:5])
    assert not any("\\textbf" in line[6] for line in valley[1:])
    assert any("\\textbf" in line[-1] for line in plain[1:])


def test_of_metrics_the_best_is_the_greatest_where_more_is_better(tables):
    _, metrics, *_ = environments(text_of(tables, "latex"))
    heading, *lines = rows(metrics)
    accuracy = next(i for i, text in enumerate(heading) if "best held-out" in text)
    assert "accuracy" in heading[accuracy]
    bold = [line[0] for line in lines if "\\textbf" in line[accuracy]]
    assert bold
    assert "slow" not in bold


def test_numbers_have_powers_of_ten(tmp_path):
    wild = replace(SLOW, label="1e-5 wild", rate=2.0)
    folder = write_run(tmp_path, [Course(target=None, steps=99)], [FEW, wild], seeds=1)
    (table,) = environments(text_of(Tables(Results(load(folder))), "latex"))
    last = rows(table)[-1]
    assert last[0] == "1e-5 wild"  # a label is no number
    assert "$\\times 10^{4}$" in last[-1]


def test_labels_are_text(tmp_path):
    courses = [Course(label, steps=4) for label in LABELS]
    racers = [Racer(label, 0.5) for label in LABELS]
    folder = write_run(tmp_path, courses, racers[:3], seeds=1)
    made = Tables(Results(load(folder)))
    text = text_of(made, "latex", ["summary", "prices", "comparison"])
    for one in environments(text):
        heading, *lines = rows(one)
        assert {len(line) for line in lines} == {len(heading)}
    assert len(json.loads(text_of(made, "json"))["tables"]["summary"]["rows"]) == 63
    assert len(files_of(made, "latex")) == len(
        environments("".join(files_of(made, "latex").values()))
    )


@pytest.mark.parametrize("form", TABLES)
def test_each_table_is_a_file_and_the_same_bytes_every_time(tables, form):
    files = files_of(tables, form)
    assert {name.partition("-")[0].partition(".")[0] for name in files} <= set(NAMES)
    assert all(name.endswith(TABLES[form]) for name in files)
    assert files == files_of(tables, form)
    one = files_of(tables, form, ["comparison"])
    assert set(one) < set(files)
    assert all("comparison" in name for name in one)


def test_markdown_is_that_of_the_run(tables):
    text = text_of(tables, "markdown")
    assert text == tables.texts()["summary.md"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("comparsion", 'no table has this name. Did you mean "comparison"?'),
        ("tuning", "no table tuning of this run as csv: it has summary, prices"),
    ],
)
def test_a_table_that_is_not_there_is_named(tables, name, words):
    with pytest.raises(BenchError) as raised:
        text_of(tables, "csv", [name])
    assert words in str(raised.value)


def test_a_run_without_trials_has_a_table_in_every_format(tmp_path):
    made = Tables(Results(load(write_run(tmp_path, [], [], priced=False))))
    for form in ("latex", "markdown"):
        assert "No trials yet" in text_of(made, form)
    assert json.loads(text_of(made, "json"))["tables"] == {}
    with pytest.raises(BenchError, match="it has no trials yet"):
        text_of(made, "csv")


PAPER = r"""
\documentclass[twocolumn]{article}
\usepackage[T1]{fontenc}
\usepackage{booktabs,graphicx}
\begin{document}
\input{tables}
\end{document}
"""


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
@pytest.mark.parametrize("paper", [PAPER, PAPER.replace("[twocolumn]", "")])
def test_a_paper_inputs_every_table_and_none_is_too_wide(tables, paper, tmp_path):
    names = list(tables.named())
    (tmp_path / "tables.tex").write_text(text_of(tables, "latex", names))
    (tmp_path / "paper.tex").write_text(paper)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    log = (tmp_path / "paper.log").read_text(errors="replace")
    assert done.returncode == 0, log[-2000:]
    assert "Overfull \\hbox" not in log
