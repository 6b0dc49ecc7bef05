"""The verb `claims`: what it lists, what it writes, how it fails."""

import csv
from pathlib import Path

import pytest

from bench.cli import main
from claims import registry

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "results" / "reference" / "claims"
OWN = """
from claims import Check, Evidence, claim, lines, near

@claim(source="us", sentence="x is {expected}.")
def {name}():
    return Evidence(
        [Check("x", 2.0, near({expected})), Check("y", [3.0, 4.0, 5.0], unit="s")],
        lines({{"x": [1, 2]}}, "step", "x"),
    )
"""


@pytest.fixture
def run(tmp_path):
    """Run a claim that x is so much, where it is 2, and return the exit status."""

    def claims(name, expected):
        path = tmp_path / f"{name}.py"
        path.write_text(OWN.format(name=name, expected=expected))
        return main(["claims", str(path), "--out", str(tmp_path / "out")])

    return claims


def test_the_overview_names_every_claim_in_ten_lines_or_so(capsys):
    assert main(["claims"]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    assert len(lines) <= 12
    assert all(len(line) <= 102 for line in lines)
    ids = " ".join(line for line in lines if line.startswith("  ")).split()
    assert ids == [*registry.IDS]
    words = f"`claims --list` prints the {len(ids)} sentences, `claims ID` tests one"
    assert last == words


def test_a_list_of_claims_runs_none(capsys):
    assert main(["claims", "--list", "taylor"]) == 2
    assert "--list runs nothing" in capsys.readouterr().err


def test_of_many_claims_only_the_verdicts_are_printed(run, tmp_path, capsys):
    claims = [f"{name}_claim" for name in "abcd"]
    for name in claims:
        (tmp_path / f"{name}.py").write_text(OWN.format(name=name, expected=2))
    files = [str(tmp_path / f"{name}.py") for name in claims]
    assert main(["claims", *files, "--out", str(tmp_path / "out")]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [f"{name.replace('_', '-')}: holds" for name in claims]
    assert err.splitlines()[-1] == f"verdicts: {tmp_path / 'out' / 'verdicts.md'}"


def test_every_claim_is_listed_with_its_source_and_sentence(capsys):
    assert main(["claims", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(registry.IDS)
    for line, claim in zip(lines, registry.every(), strict=True):
        assert line.split()[:2] == [claim.id, claim.source]
        assert line.endswith(claim.sentence)


def test_an_unknown_claim_names_the_nearest(capsys):
    assert main(["claims", "tailor"]) == 2
    line = 'unknown claim "tailor". Did you mean "taylor"?\n'
    assert capsys.readouterr().err == line


def test_a_file_without_a_claim_is_one_line(tmp_path, capsys):
    path = tmp_path / "own.py"
    path.write_text("x = 1\n")
    assert main(["claims", str(path)]) == 2
    line = f"{path}: no claim in it; make one with @claims.claim\n"
    assert capsys.readouterr().err == line


def test_a_claim_that_fails_is_no_failure(run, tmp_path, capsys):
    assert run("one", 1) == 0
    out = capsys.readouterr().out
    assert "verdict: fails" in out
    assert "x  2, equal to 1: not met" in out
    assert "to spare: 50 % (x: 2, equal to 1)" in out
    assert len(out.splitlines()) <= 10
    assert out.splitlines()[-1].endswith(f"{tmp_path / 'out' / 'one'}.csv, .png")
    assert (tmp_path / "out" / "one.png").read_bytes().startswith(b"\x89PNG")


def test_a_check_is_a_line_of_the_csv(run, tmp_path):
    run("one", 1)
    with (tmp_path / "out" / "one.csv").open(encoding="utf-8") as file:
        decides, beside = csv.DictReader(file)
    assert decides == {
        "form": "as it stands",
        "what": "x",
        "measured": "2.0",
        "low": "",
        "high": "",
        "unit": "",
        "criterion": "equal to 1",
        "least": "1.0",
        "most": "1.0",
        "met": "False",
        "spare": "0.5",
    }
    assert [beside[key] for key in ("measured", "low", "high")] == ["4.0", "3.0", "5.0"]
    assert (beside["form"], beside["unit"], beside["met"]) == ("beside", "s", "")


def test_verdicts_of_other_claims_stay_and_a_users_own_come_last(run, tmp_path):
    for name, expected in (("own", 2), ("taylor", 1)):
        assert run(name, expected) == 0
    with (tmp_path / "out" / "verdicts.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = [(row["claim"], row["verdict"]) for row in rows]
    assert found == [("taylor", "fails"), ("own", "holds")]
    table = (tmp_path / "out" / "verdicts.md").read_text(encoding="utf-8")
    assert (
        "| `taylor` | us | x is 1. | **fails** | 50 % | As it stands, 0 of 1" in table
    )


def test_a_run_that_breaks_down_is_a_failure(run, capsys):
    assert run("one", "1 / 0") == 1
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_the_docs_show_the_verdicts_of_the_reference_run():
    shown = (KEPT / "verdicts.md").read_text(encoding="utf-8")
    assert shown in (ROOT / "docs/claims.md").read_text(encoding="utf-8")


def test_the_reference_run_is_of_every_claim_and_keeps_its_numbers_and_plot():
    with (KEPT / "verdicts.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["claim"] for row in rows] == list(registry.IDS)
    for row in rows:
        (claim,) = registry.find(row["claim"])
        assert row["sentence"] == claim.sentence
        assert (KEPT / f"{row['claim']}.csv").is_file()
        assert (KEPT / f"{row['claim']}.png").is_file()


FOREIGN = {
    "summary.csv": "x\n",
    "run.json": "{}",
    "notes.md": "mine",
    "verdicts.csv": "a,b\n1,2\n",
    "machine.json": "[1]",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_folder_of_something_else_is_refused(run, tmp_path, capsys, name):
    path = tmp_path / "out" / name
    path.parent.mkdir()
    path.write_text(FOREIGN[name])
    assert run("two", 2) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert name in line
    assert line.endswith("use another --out")
    assert list(path.parent.iterdir()) == [path]
    assert path.read_text() == FOREIGN[name]


def test_a_folder_without_verdicts_of_an_interrupted_claim_is_taken(run, tmp_path):
    assert run("two", 2) == 0
    (tmp_path / "out" / "verdicts.csv").unlink()
    for path in [*(tmp_path / "out").glob("*.md"), tmp_path / "out" / "machine.json"]:
        path.unlink()
    assert run("two", 2) == 0


BROKEN = """
import bench
from claims import claim


def deep():
    return 1 / 0


@claim(source="us", sentence="It raises an error.")
def raises():
    return deep()


@claim(source="us", sentence="Its config is wrong.")
def misconfigured():
    bench.experiment('name = "x"\\nbudgt = 3\\n')


@claim(source="us", sentence="It returns nothing.")
def silent():
    return None


@claim(source="us", sentence="It exits.")
def leaves():
    raise SystemExit(0)
"""


def test_a_users_claim_that_breaks_is_named_and_stops_no_other(tmp_path, capsys):
    broken, good = tmp_path / "broken.py", tmp_path / "good.py"
    broken.write_text(BROKEN)
    good.write_text(OWN.format(name="good", expected=2))
    out = tmp_path / "out"
    assert main(["claims", str(broken), str(good), "--out", str(out)]) == 1
    printed, err = capsys.readouterr()
    lines = [line for line in err.splitlines() if not line.startswith("[")]
    assert lines == [
        f"raises: the run broke down: {broken}:7: ZeroDivisionError: division by zero",
        "misconfigured: config:1: problems is missing",
        "misconfigured: config:1: optimizers is missing",
        'misconfigured: config:2: budgt: unknown key. Did you mean "budget"?',
        "silent: the run broke down: TypeError: a claim returns Evidence, not None",
        f"leaves: the run broke down: {broken}:27: SystemExit: 0",
        f"verdicts: {out}/verdicts.md",
    ]
    assert printed == "good: holds\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a,b\n1,2\n", "not the verdicts of claims"),
        (b"\xff\xfe\x00", "not a table"),
        (b"", "not a table"),
    ],
)
def test_another_table_in_place_of_the_verdicts_is_one_line(
    run, tmp_path, capsys, content, words
):
    (tmp_path / "out").mkdir()
    path = tmp_path / "out" / "verdicts.csv"
    path.write_bytes(content)
    assert run("one", 2) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert words in err
    assert path.read_bytes() == content


@pytest.mark.parametrize("name", [".", "base.toml"])
def test_a_path_that_is_no_python_file_is_said_to_be(
    tmp_path, monkeypatch, capsys, name
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base.toml").touch()
    assert main(["claims", name]) == 2
    line = f'"{name}" is neither a claim\'s id nor a Python file\n'
    assert capsys.readouterr().err == line
