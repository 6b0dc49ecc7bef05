"""What did not do the same work is named first and is neither worse nor better."""

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from bench.cli import main
from bench.report.compare import compare_runs
from bench.report.compare.formats import json_text, junit_text, markdown_text

from ...synthetic_run import Course, Racer, change, plan, write_plan, write_run

BOWL, VALLEY = Course("bowl"), Course("valley", target=None, steps=60)
FAST, SLOW = Racer("fast", 0.9), Racer("slow", 0.99)


def write(folder, courses=(BOWL, VALLEY), racers=(FAST, SLOW), **more):
    return write_run(folder, courses, racers, **({"seeds": 2, "priced": False} | more))


def listed(text):
    """Return the lines above the tables."""
    return [line for line in text.partition("##")[0].split("\n") if line[:2] == "- "]


def judged(text):
    """Return the first cells of the table of calls, losses and ends."""
    table = text.partition("ends\n\n")[2].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")][:5] for line in table]


def test_an_end_under_another_budget_is_not_judged(tmp_path):
    a = write(tmp_path / "a")
    b = write(tmp_path / "b", courses=(replace(BOWL, steps=40), VALLEY))
    for pair, limits in (((a, b), "400 → 40"), ((b, a), "40 → 400")):
        report = compare_runs(*pair)
        assert listed(markdown_text(report))[0] == (
            f"- not the same budget in 2 of 4 trial groups: steps {limits}; their ends "
            "are not judged, and their trials are compared at the last step that both "
            "recorded"
        )
        assert not report.worse
        ((*names, verdict, _, words),) = judged(markdown_text(report))
        assert names == ["bowl", "fast"]
        assert verdict == "changed"
        assert words.startswith("end ")


def test_an_end_for_another_target_is_not_judged(tmp_path):
    a = write(tmp_path / "a")
    b = write(tmp_path / "b", courses=(replace(BOWL, target=1e-30), VALLEY))
    report = compare_runs(a, b)
    assert "target loss" in listed(markdown_text(report))[0]
    assert not report.worse
    assert {row[2] for row in judged(markdown_text(report))} == {"changed"}


def test_another_metric_of_the_same_value_is_another_target(tmp_path):
    known = {"metrics": ("held_out_accuracy", "held_out_loss"), "target": 0.5}
    sides = [
        write(tmp_path / on, courses=(replace(BOWL, on=on, **known),))
        for on in known["metrics"]
    ]
    report = compare_runs(*sides)
    words = "target held_out_accuracy >= 0.5 → held_out_loss <= 0.5"
    assert words in listed(markdown_text(report))[0]
    assert not report.worse


def test_calls_for_the_same_steps_are_judged_under_any_budget(tmp_path):
    dearer = replace(FAST, calls={"gradient": 1, "forward": 1})
    a = write(tmp_path / "a", courses=(VALLEY,))
    longer = replace(VALLEY, steps=80)
    b = write(tmp_path / "b", courses=(longer,), racers=(dearer, SLOW))
    report = compare_runs(a, b)
    assert report.worse
    assert judged(markdown_text(report))[0][2:] == ["worse", "2 of 2", "forward 0 → 60"]


def test_another_problem_is_named_and_not_compared(tmp_path):
    a = write(tmp_path / "a")
    b = write(tmp_path / "b", courses=(replace(BOWL, start=0.8), VALLEY))
    report = compare_runs(a, b)
    first = listed(markdown_text(report))[0]
    assert first.startswith("- not compared: bowl is another problem in B: loss at the")
    assert judged(markdown_text(report)) == []
    assert not report.worse
    wide = write(tmp_path / "c", courses=(replace(BOWL, dtype="float64"), VALLEY))
    first = listed(markdown_text(compare_runs(a, wide)))[0]
    assert first.endswith("another problem in B: dtype float32 → float64")


def under(folder, label="", of_spec=None, **of_record):
    """Give the trials of one optimizer, or of all, other conditions."""
    specs = []
    for spec in plan(folder):
        if label in spec.label:
            spec = replace(spec, **(of_spec or {}))
            change(folder, spec.key, spec=spec, **of_record)
        specs.append(spec)
    write_plan(folder, specs)
    return folder


CONDITIONS = [
    ({"of_spec": {"devices": 4}}, "devices 1 → 4"),
    ({"of_spec": {"timed": False}}, "timed yes → no"),
    ({"device": "NVIDIA H200"}, "device cpu: 2 cores → NVIDIA H200"),
    ({"beside": 1}, "other workers beside 0 → 1"),
]


@pytest.mark.parametrize(("other", "words"), CONDITIONS)
def test_seconds_under_other_conditions_are_named_and_not_compared(
    tmp_path, other, words
):
    a = write(tmp_path / "a", rounds=3)
    b = under(write(tmp_path / "b", rounds=3), **other)
    report = compare_runs(a, b)
    first = listed(markdown_text(report))[0]
    assert first == f"- seconds not compared in 4 of 4 trial groups: {words}"
    assert report.timed.rows == report.timed.optimizers == ()
    assert report.timed.notes == ("no trial group was timed alike in both runs",)
    assert [row.verdict for row in report.exact.rows] == ["same"] * 4
    named = json.loads(json_text(report))["seconds_not_compared"]
    assert len(named) == 4
    assert named[0] == {"problem": "bowl", "optimizer": "fast", "reason": words}
    timed = ElementTree.fromstring(junit_text(report).encode())[1]
    assert (timed.get("tests"), timed.get("skipped")) == ("4", "4")
    alike = compare_runs(b, b)
    assert alike.untimed == ()
    assert len(alike.timed.rows) == (0 if "timed" in words else 4)


def test_seconds_under_the_same_conditions_are_compared_beside_others(tmp_path):
    a = write(tmp_path / "a", rounds=3)
    b = under(write(tmp_path / "b", rounds=3), "slow", beside=1)
    report = compare_runs(a, b)
    assert [row.optimizer for row in report.timed.rows] == ["fast", "fast"]
    assert "in 2 of 4 trial groups" in listed(markdown_text(report))[0]


def test_losses_on_several_devices_are_the_same_up_to_rounding(tmp_path):
    a = write(tmp_path / "a")
    b = write(tmp_path / "b", courses=(BOWL, replace(VALLEY, start=0.7 * (1 + 1e-7))))
    alone = judged(markdown_text(compare_runs(a, b)))
    assert [row[0] for row in alone] == ["valley"] * 2
    divided = compare_runs(a, under(b, of_spec={"devices": 2}))
    assert judged(markdown_text(divided)) == []
    assert "devices or versions differ: same means" in divided.exact.notes[1]


def test_runs_that_share_nothing_are_refused_in_a_line(tmp_path, capsys):
    a = write(tmp_path / "a")
    others = {
        "b": ({"courses": (Course("dish"),)}, "no optimizer on any problem is in both"),
        "c": (
            {"courses": (replace(VALLEY, start=0.8),)},
            "no seed of an optimizer on the same problem is in both; valley is",
        ),
    }
    for name, (different, words) in others.items():
        b = write(tmp_path / name, **different)
        assert main(["compare", str(a), str(b)]) == 2
        out, err = capsys.readouterr()
        assert not out
        assert err.startswith(f"{a} and {b} cannot be compared: {words}")
        assert err.count("\n") == 1
