"""The verb report."""

import pytest

from bench.cli.main import main

from ..synthetic_run import Course, Racer, write_run


@pytest.fixture
def folder(tmp_path):
    return write_run(tmp_path / "run", [Course(steps=5)], [Racer("a", 0.5)], seeds=1)


def test_a_report_is_one_file(folder, capsys):
    assert main(["report", str(folder)]) == 0
    assert capsys.readouterr().out == f"{folder / 'report.html'}\n"
    assert (folder / "report.html").read_text().startswith("<!DOCTYPE html>")


def test_several_runs_make_one_report(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    other = write_run(tmp_path / "b", [Course(steps=5)], [Racer("a", 0.5)], seeds=1)
    assert main(["report", str(folder), str(other)]) == 0
    assert capsys.readouterr().out == "report.html\n"
    assert "a (b)" in (tmp_path / "report.html").read_text()
    assert not (folder / "report.html").exists()


def test_a_folder_without_a_run_is_one_line(tmp_path, capsys):
    assert main(["report", str(tmp_path / "none")]) == 2
    assert (
        capsys.readouterr()
        .err.strip()
        .endswith("not a run folder (it has no run.json)")
    )


def test_a_report_needs_a_run(capsys):
    assert main(["report"]) == 2
    assert "RUN" in capsys.readouterr().err


def test_a_report_replaces_a_report_and_no_other_file(folder, tmp_path, capsys):
    run_json = folder / "run.json"
    before = run_json.read_bytes()
    assert main(["report", str(folder), "--out", str(run_json)]) == 2
    words = "a file that is no Gradmeter report: name another, or remove it"
    assert capsys.readouterr().err == f"{run_json}: {words}\n"
    assert run_json.read_bytes() == before
    for _ in range(2):
        assert main(["report", str(folder), "--out", str(tmp_path / "r.html")]) == 0
    (folder / "report.html").write_text("<!DOCTYPE html>mine")
    assert main(["report", str(folder)]) == 2
    assert (folder / "report.html").read_text() == "<!DOCTYPE html>mine"
