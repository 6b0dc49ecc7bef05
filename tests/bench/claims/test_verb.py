"""The verb `claims`: what it lists, what it writes, how it fails."""

import csv
from pathlib import Path

import pytest
from bench.claims import REGISTRY, Claim, Number, Verdict

from bench.cli import main

ROOT = Path(__file__).resolve().parents[3]


def draw(figure):
    figure.add_subplot().plot([1, 2])


VERDICT = Verdict("fails", "No.", [Number("as it stands", "x", 1.0, 2.0)], draw)


@pytest.fixture
def verdict(monkeypatch):
    monkeypatch.setattr(Claim, "run", lambda *_: VERDICT)


def test_every_claim_is_listed_with_its_source_and_sentence(capsys):
    assert main(["claims"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(REGISTRY)
    for line, (id, claim) in zip(lines, REGISTRY.items(), strict=True):
        assert line.split()[:2] == [id, claim.source]
        assert line.endswith(claim.sentence)


def test_an_unknown_claim_names_the_nearest(capsys):
    assert main(["claims", "tailor"]) == 2
    said = 'unknown claim "tailor". Did you mean "taylor"?\n'
    assert capsys.readouterr().err == said


def test_a_claim_that_fails_is_no_failure(verdict, tmp_path, capsys):
    assert main(["claims", "taylor", "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "verdict: fails" in out
    assert "measured 2, predicted 1" in out
    assert (tmp_path / "taylor.png").read_bytes().startswith(b"\x89PNG")
    assert "form,what,predicted" in (tmp_path / "taylor.csv").read_text()


def test_verdicts_of_other_claims_stay(verdict, tmp_path):
    for id in ("taylor", "divergence-limit"):
        assert main(["claims", id, "--out", str(tmp_path)]) == 0
    with (tmp_path / "verdicts.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["claim"] for row in rows] == ["taylor", "divergence-limit"]
    assert "| **fails** | No. |" in (tmp_path / "verdicts.md").read_text()


def test_a_run_that_breaks_down_is_a_failure(monkeypatch, tmp_path, capsys):
    def broken(*_):
        raise ZeroDivisionError("so it goes")

    monkeypatch.setattr(Claim, "run", broken)
    assert main(["claims", "taylor", "--out", str(tmp_path)]) == 1
    assert "so it goes" in capsys.readouterr().err


def test_docs_show_the_verdicts_of_the_reference_run():
    verdicts = ROOT / "results" / "reference" / "claims" / "verdicts.md"
    assert verdicts.read_text() in (ROOT / "docs" / "claims.md").read_text()


def test_the_reference_run_is_of_every_claim_and_keeps_its_numbers_and_plot():
    kept = ROOT / "results" / "reference" / "claims"
    with (kept / "verdicts.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["claim"] for row in rows] == list(REGISTRY)
    for row in rows:
        assert row["sentence"] == REGISTRY[row["claim"]].sentence
        assert (kept / f"{row['claim']}.csv").is_file()
        assert (kept / f"{row['claim']}.png").is_file()
