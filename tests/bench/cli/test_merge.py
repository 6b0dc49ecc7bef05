"""The verb `merge`, and the verbs that take what it made, or several runs."""

import gzip

import pytest

from bench.cli import main
from bench.store import trials
from bench.store.run import as_it_is, load

from ..synthetic_run import Course, Racer, contents, write_run

BOWL, VALLEY = Course("bowl", steps=60), Course("valley", target=None, steps=20)
RACERS = [Racer("fast", 0.5), Racer("slow", 0.9)]


def machine(name):
    return {"machine": {"host": name, "processor": f"chip of {name}"}}


@pytest.fixture
def runs(tmp_path):
    """Two runs of the same config on two machines, one of them slower."""
    folders = [
        write_run(tmp_path / host, [BOWL, VALLEY], RACERS, seeds=2, **machine(host))
        for host in ("alpha", "beta")
    ]
    for record in as_it_is(folders[1]).records:
        rows = as_it_is(folders[1]).trace(record.key)
        slower = rows.assign(seconds=2 * rows["seconds"]).to_dict("records")
        trials.write_trial(folders[1], record, slower)
    return folders


@pytest.fixture
def merged(runs, tmp_path, capsys):
    assert main(["merge", *map(str, runs), "--out", str(tmp_path / "both")]) == 0
    capsys.readouterr()
    return tmp_path / "both"


def test_what_was_merged_is_said(runs, tmp_path, capsys):
    out = tmp_path / "both"
    before = [contents(run) for run in runs]
    assert main(["merge", *map(str, runs), "--out", str(out)]) == 0
    text, lines = (part for part in capsys.readouterr())
    assert lines.splitlines()[:4] == [
        "8 trials of alpha",
        "8 trials of beta",
        "8 trials with other results in several runs, kept as further rounds:",
        "  fast on bowl, seed 0: round 0 of beta is round 1 (seconds alone differ)",
    ]
    assert lines.splitlines()[-1] == f"all of these: {out / 'merged.csv'}"
    assert "hosts: alpha, beta" in text
    assert text.endswith(f"All tables: {out / 'summary.md'}\n")
    assert [contents(run) for run in runs] == before


def test_the_tables_have_the_seconds_of_each_host_apart(merged, capsys):
    assert main(["table", str(merged)]) == 0
    text = capsys.readouterr().out
    assert text == (merged / "summary.md").read_text() + "\n"
    parts = {part.partition("\n")[0]: part for part in text.split("## ")}
    assert "time" not in parts["bowl, float32, cpu: 2 cores"]
    apart = parts["bowl: seconds by host"].splitlines()
    assert [line.split("|")[1:4] for line in apart[4:8]] == [
        [" fast      ", " alpha ", "      2 "],
        [" fast      ", " beta  ", "      2 "],
        [" slow      ", " alpha ", "      2 "],
        [" slow      ", " beta  ", "      2 "],
    ]
    assert "- host beta: 8 trials (cpu" not in text  # of whose device nothing is stated
    assert "- host beta: 8 trials (chip of beta)\n" in text
    spent = [line.split("|") for line in parts["Where the time went"].splitlines()]
    assert [cells[1].strip() for cells in spent if len(cells) > 1][2:] == [
        f"{problem}, on {host}"
        for host in ("alpha", "beta")
        for problem in ("bowl", "valley", "all problems")
    ]


def test_every_verb_takes_a_merged_folder(merged, runs, tmp_path, capsys):
    assert main(["plot", str(merged)]) == 0
    drawn = {path.name for path in (merged / "plots").iterdir()}
    assert {"bowl-panel.png", "bowl-seconds-on_alpha.png"} <= drawn
    assert {"valley-seconds-on_beta.png"} <= drawn
    assert main(["compare", str(runs[0]), str(merged)]) == 0
    text = capsys.readouterr().out
    assert "B has trials of several hosts (alpha, beta), whose seconds are not" in text
    assert "no trial was timed in both runs" in text
    kept = tmp_path / "kept"
    assert main(["table", str(merged), "--out", str(kept)]) == 0
    packed = gzip.decompress((kept / "hosts.csv.gz").read_bytes()).decode()
    numbered = packed.replace("machine 1", "alpha").replace("machine 2", "beta")
    assert numbered == (merged / "hosts.csv").read_text()
    assert numbered != packed
    assert set(load(kept).record.hosts) == {"machine 1", "machine 2"}
    again = tmp_path / "again"
    assert main(["merge", str(merged), str(runs[1]), "--out", str(again)]) == 0
    assert len(load(again).records) == len(load(merged).records)


def test_a_merge_that_is_refused_is_lines_and_a_status(runs, tmp_path, capsys):
    first, out = str(runs[0]), ["--out", str(tmp_path / "both")]
    for words, start in (
        ([first, *out], "merge needs two runs or more"),
        ([first, "none", *out], "none: not a run folder"),
        ([first, first], "Missing option '--out'"),
    ):
        assert main(["merge", *words]) == 2
        printed, err = capsys.readouterr()
        assert (printed, err[: len(start)]) == ("", start)
        assert len(err.splitlines()) == 1


def test_tables_side_by_side_change_no_run(runs, capsys):
    before = [contents(run) for run in runs]
    assert main(["table", *map(str, runs)]) == 0
    text, err = capsys.readouterr()
    assert err == ""
    for name in ("fast (alpha)", "slow (beta)", "bowl: seconds by host"):
        assert name in text
    assert [contents(run) for run in runs] == before


def test_tables_side_by_side_can_be_kept(runs, tmp_path, capsys):
    out = tmp_path / "kept"
    assert main(["table", *map(str, runs), "--out", str(out)]) == 0
    assert capsys.readouterr().out == (out / "summary.md").read_text() + "\n"
    assert main(["table", str(out)]) == 0


def test_plots_side_by_side_need_a_folder(runs, tmp_path, capsys):
    before = [contents(run) for run in runs]
    out = tmp_path / "plots"
    assert main(["plot", *map(str, runs)]) == 2
    assert capsys.readouterr().err == "--out is for several runs, which need it\n"
    assert main(["plot", str(runs[0]), "--out", str(out)]) == 2
    capsys.readouterr()
    assert main(["plot", *map(str, runs), "--out", str(out)]) == 0
    paths = capsys.readouterr().out.splitlines()
    assert sorted(paths) == sorted(map(str, out.iterdir()))
    assert f"{out / 'bowl-panel.png'}" in paths
    assert [contents(run) for run in runs] == before


def test_a_merge_below_a_file_names_no_temporary_folder(runs, tmp_path, capsys):
    file = tmp_path / "file.toml"
    file.write_text("mine")
    assert main(["merge", *map(str, runs), "--out", str(file / "x")]) == 2
    assert capsys.readouterr().err == f"cannot make {file}: File exists\n"
