"""A comparison in one sentence, and in the formats that other programs read."""

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from bench.cli import main
from bench.report.compare import compare_runs
from bench.report.compare.formats import FORMATS, json_text, junit_text, plain_text
from bench.report.compare.headline import headline

from ...hostile import LABELS
from ...synthetic_run import Course, Racer, change, key_of, write_run

COURSES = [Course("bowl"), Course("valley"), Course("digits", target=None, steps=60)]
FAST = Racer("fast", 0.9, calls={"gradient": 1, "forward": 3})
SLOW = Racer("slow", 0.99)


def write(folder, racers=(FAST, SLOW), courses=COURSES, rounds=3, **made):
    made = {"versions": {"python": "3.11.7"}} | made
    given = {"seeds": 2, "rounds": rounds, "priced": False}
    return write_run(folder, courses, racers, **given, **made)


@pytest.fixture
def a(tmp_path):
    return write(tmp_path / "a")


@pytest.fixture
def said(a, tmp_path):
    def of(**other):
        return headline(compare_runs(a, write(tmp_path / "b", **other)))

    return of


def dearer(racer, **calls):
    return replace(racer, calls=racer.calls | calls)


def test_nothing_is_worse_where_nothing_changed(said):
    assert said() == (
        "nothing is worse or better: calls, losses and ends are the same in 6 of 6 "
        "trial groups, seconds in 6 of 6"
    )


@pytest.mark.parametrize(
    ("calls", "words"),
    [
        ({"gradient": 2}, "twice the gradients"),
        ({"forward": 4}, "1.33 times the forward passes"),
        ({"gradient": 2, "forward": 9}, "3 times the forward passes"),
    ],
)
def test_the_greatest_change_of_the_optimizer_with_most_is_stated(said, calls, words):
    racers = [dearer(FAST, **calls), SLOW]
    assert said(racers=racers) == f"fast is worse on 3 of 3 problems: {words} on bowl"


def test_other_optimizers_are_counted(said):
    racers = [dearer(FAST, gradient=2), dearer(SLOW, hvp=1)]
    assert said(racers=racers).endswith(" on bowl; so is 1 more")


def test_what_is_better_is_said_only_if_nothing_is_worse(a, tmp_path):
    b = write(tmp_path / "b", [dearer(FAST, gradient=2), SLOW])
    assert headline(compare_runs(b, a)) == (
        "nothing is worse; fast is better on 3 of 3 problems: half the gradients on "
        "bowl"
    )


def test_an_end_comes_before_any_number(a, tmp_path):
    b = write(tmp_path / "b", [dearer(FAST, gradient=2), SLOW])
    change(b, key_of(COURSES[1], dearer(FAST, gradient=2), 0), end="diverged")
    words = "fast is worse on 3 of 3 problems: diverged instead of target on valley"
    assert headline(compare_runs(a, b)) == words


def test_a_larger_loss_after_the_same_work_is_said(said):
    words = said(racers=[FAST, replace(SLOW, rate=0.995)])
    assert words == "slow is worse on 3 of 3 problems: a larger loss on bowl"


def test_seconds_are_said_where_calls_are_the_same(said):
    """Half of the groups are three times as slow: the machine's part lies between."""
    words = said(racers=[replace(FAST, step_seconds=3e-5), SLOW])
    assert words.startswith("fast is worse on 3 of 3 problems: 1.73 times the seconds")


def test_json_has_the_numbers_and_is_json(a, tmp_path):
    b = write(tmp_path / "b", [dearer(FAST, gradient=2), SLOW], rounds=1)
    report = compare_runs(a, b)
    plain = json.loads(json_text(report), parse_constant=pytest.fail)
    assert plain["headline"] == headline(report)
    assert plain["worse"] is report.worse is True
    assert [row["verdict"] for row in plain["exact"]] == ["worse", "same"] * 3
    (change_, *_) = plain["exact"][4]["changes"]
    assert change_ == {
        "of": "gradient",
        "a": 60.0,
        "b": 120.0,
        "step": None,
        "is_judged": True,
    }
    assert {row["verdict"] for row in plain["seconds"]} <= {"same", "undecided"}


def test_junit_counts_what_it_lists(a, tmp_path):
    b = write(tmp_path / "b", [dearer(FAST, gradient=2), SLOW], rounds=1)
    suites = ElementTree.fromstring(junit_text(compare_runs(a, b)).encode())
    exact, timed = suites
    assert [suite.get("tests") for suite in (suites, exact, timed)] == ["14", "6", "8"]
    assert (exact.get("failures"), exact.get("skipped")) == ("3", "0")
    failed = [case for case in exact if case.find("failure") is not None]
    assert [(case.get("classname"), case.get("name")) for case in failed] == [
        ("bowl", "fast"),
        ("valley", "fast"),
        ("digits", "fast"),
    ]
    message = failed[2].find("failure").get("message")
    assert message == "gradient 60 → 120"
    assert all(float(case.get("time", 0)) >= 0 for case in timed)


@pytest.mark.parametrize("form", FORMATS)
def test_names_are_text_in_every_format(tmp_path, form):
    racers = [Racer(name, 0.9) for name in LABELS]
    folder = write(tmp_path / "a", racers, rounds=1)
    text = FORMATS[form](compare_runs(folder, folder))
    assert "\x1b" not in text
    if form == "junit":
        names = {c.get("name") for c in ElementTree.fromstring(text.encode()).iter()}
        assert len(names) > len(LABELS)
    if form == "json":
        labels = {row["optimizer"] for row in json.loads(text)["exact"]}
        assert labels == set(LABELS)


def test_text_has_no_markup_and_says_the_same(a, tmp_path):
    b = write(tmp_path / "b", [dearer(FAST, gradient=2), SLOW])
    report = compare_runs(a, b)
    lines = plain_text(report).splitlines()
    assert lines[0] == headline(report)
    assert "CALLS, LOSSES AND ENDS" in lines
    row = next(line for line in lines if line.startswith("digits"))
    assert row.split() == ["digits", "fast", "worse", "2", "of", "2", *row.split()[6:]]
    assert row.endswith("gradient 60 → 120")
    assert not any("|" in line or "##" in line for line in lines)


def test_the_status_does_not_depend_on_the_format(a, tmp_path, capsys):
    b = write(tmp_path / "b", [dearer(FAST, gradient=2), SLOW])
    for form in FORMATS:
        for pair, status in (((a, b), 1), ((b, a), 0)):
            assert main(["compare", *map(str, pair), "--format", form]) == status
            assert capsys.readouterr().out.endswith("\n")
    assert main(["compare", str(a), str(b), "--format", "yaml"]) == 2
    assert "'text', 'json', 'markdown', 'junit'" in capsys.readouterr().err
