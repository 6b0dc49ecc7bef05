"""Runs merged into one folder: nothing lost, and seconds of hosts told apart."""

import errno
import os
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from bench.core.errors import BenchError
from bench.core.records import TuningRecord
from bench.core.spec import Named
from bench.report.groups import Results
from bench.report.summary import summarize
from bench.report.tables.summary import Tables
from bench.store import files, hosts, run_file, trials
from bench.store import folder as run_folder
from bench.store.merged import AGAIN, merge
from bench.store.run import as_it_is, load

from ..synthetic_run import (
    Course,
    Racer,
    change,
    key_of,
    plan,
    remove,
    spec_of,
    write_plan,
    write_prices,
    write_run,
    write_trial,
)

BOWL, VALLEY = Course("bowl"), Course("valley", optimum=None, target=1e-3)
COURSES, RACERS = (BOWL, VALLEY), (Racer("fast", 0.5), Racer("slow", 0.9))
ALPHA = {"machine": {"host": "alpha", "processor": "old", "megahertz": 1.0}}
BETA = {"machine": {"host": "beta", "processor": "new", "megahertz": 2.0}}
CPU = {"device": {"platform": "cpu", "kind": "cpu"}}


def write(folder, seeds=range(3), slower=1.0, racers=RACERS, made=ALPHA):
    """Write a run of some seeds, whose seconds are multiples of the usual ones."""
    specs = []
    for seed in seeds:
        for course in COURSES:
            for racer in racers:
                write_trial(folder, course, racer, seed)
                specs.append(spec_of(course, racer, seed))
    write_plan(folder, specs, **CPU | made)
    write_prices(folder)
    if slower != 1:
        for record in as_it_is(folder).records:
            slow_down(folder, record, slower)
    return folder


def slow_down(folder, record, factor):
    """Make a trial's seconds multiples of what they are."""
    trace = load(folder).trace(record.key)
    rows = trace.assign(seconds=factor * trace["seconds"]).to_dict("records")
    targets = [
        replace(t, seconds=t.seconds and factor * t.seconds) for t in record.targets
    ]
    reached = record.seconds_to_target
    timed = replace(
        record,
        seconds=factor * record.seconds,
        seconds_to_target=reached and factor * reached,
        targets=targets,
    )
    trials.write_trial(folder, timed, rows)


def contents(folder):
    """Return what each trace holds: nothing else may come or go."""
    return sorted(path.read_text() for path in (folder / "trials").glob("*.csv"))


def medians(run, name):
    return summarize(Results(run)).set_index(["problem", "optimizer"])[name]


def refused(folders, out, **options):
    """Return the lines with which a merge is refused; no folder is left behind."""
    before = sorted(path.name for path in out.parent.iterdir())
    with pytest.raises(BenchError) as caught:
        merge(folders, out, **options)
    assert sorted(path.name for path in out.parent.iterdir()) == before
    return caught.value.lines


def test_seeds_that_ran_apart_give_the_tables_of_one_run(tmp_path):
    whole = write(tmp_path / "whole", range(5))
    parts = [write(tmp_path / "a", range(2)), write(tmp_path / "b", range(2, 5))]
    merged = merge(parts, tmp_path / "merged")
    assert not merged.again
    assert contents(tmp_path / "merged") == contents(whole)
    texts = [Tables(Results(load(f))).texts() for f in (whole, tmp_path / "merged")]
    assert texts[0] == texts[1]
    assert not load(tmp_path / "merged").by_host
    assert [spec.key for spec in plan(whole)] == [
        spec.key for spec in plan(tmp_path / "merged")
    ]


def test_a_trial_that_was_copied_is_kept_once(tmp_path):
    a, b = write(tmp_path / "a", range(2)), write(tmp_path / "b", range(3))
    merged = merge([a, b], tmp_path / "merged")
    assert merged.joined.repeated == 8
    assert contents(tmp_path / "merged") == contents(b)
    assert not (tmp_path / "merged" / AGAIN).exists()


def test_a_trial_with_another_result_is_kept_as_a_further_round(tmp_path):
    a, b = write(tmp_path / "a"), write(tmp_path / "b", slower=2.0)
    change(b, key_of(BOWL, RACERS[0], 1), end="stalled", steps=7)
    out = tmp_path / "merged"
    merge([a, b], out)
    assert contents(out) == sorted(contents(a) + contents(b))
    run = load(out)
    assert len(run.records) == len(run.planned) == 24
    assert {(r.spec.seed, r.spec.round) for r in run.records} == {
        (seed, turn) for seed in range(3) for turn in (0, 1)
    }
    listed = pd.read_csv(out / AGAIN).set_index(["problem", "optimizer", "seed"])
    assert len(listed) == 12
    assert listed["round"].unique() == [1]
    assert listed.loc[("bowl", "fast", 1), "differences"] == (
        "end target → stalled; steps 20 → 7"
    )
    assert listed.loc[("bowl", "fast", 0), "differences"] == "seconds alone"
    assert set(listed["key"]) <= {record.key for record in run.records}
    assert (listed["run"] == "b").all()


def test_keys_of_further_rounds_are_those_that_a_run_would_give(tmp_path):
    folders = [write(tmp_path / name, [0], i + 1.0) for i, name in enumerate("abc")]
    merge(folders, tmp_path / "merged")
    by_round = {}
    for spec in plan(tmp_path / "merged"):
        by_round.setdefault(spec.round, set()).add(spec.key)
    assert sorted(by_round) == [0, 1, 2]
    assert all("seed_0-round_2-" in key for key in by_round[2])
    again = merge([tmp_path / "merged", folders[1]], tmp_path / "again")
    assert again.joined.repeated == 4  # what was moved is known again
    assert contents(tmp_path / "again") == contents(tmp_path / "merged")


def test_calls_are_pooled_and_seconds_are_not(tmp_path):
    a, b = write(tmp_path / "a"), write(tmp_path / "b", range(3, 6), 3.0, made=BETA)
    merge([a, b], tmp_path / "merged")
    run, whole = load(tmp_path / "merged"), load(write(tmp_path / "whole", range(6)))
    for name in ("gradient_to_target", "forward_equivalents_to_target", "final_loss"):
        pd.testing.assert_series_equal(medians(run, name), medians(whole, name))
    for name in ("seconds_to_target", "seconds", "steps_per_second", "compile_seconds"):
        assert medians(run, name).isna().all()
    assert run.traces["seconds"].isna().all()
    assert list(run.by_host) == ["alpha", "beta"]
    for host, folder in (("alpha", a), ("beta", b)):
        for name in ("seconds_to_target", "steps_per_second"):
            told, own = medians(run.by_host[host], name), medians(load(folder), name)
            pd.testing.assert_series_equal(told, own)


def test_hosts_of_one_name_that_are_not_the_same_get_two(tmp_path):
    other = {"machine": {**ALPHA["machine"], "processor": "new"}}
    later = {"machine": {**ALPHA["machine"], "megahertz": 3.0}}
    folders = [
        write(tmp_path / name, [seed], made=made)
        for seed, (name, made) in enumerate(
            zip("abc", (ALPHA, other, later), strict=True)
        )
    ]
    merge(folders, tmp_path / "merged")
    run = load(tmp_path / "merged")
    assert {name: len(own.records) for name, own in run.by_host.items()} == {
        "alpha": 8,
        "alpha-2": 4,
    }


def test_prices_are_the_first_runs_and_state_their_host(tmp_path):
    a, b = write(tmp_path / "a", [0]), write(tmp_path / "b", [1], made=BETA)
    (facts, *_) = run_folder.read_facts(a)
    (a / "problems.json").write_text(files.to_json([facts]))  # of bowl alone
    merge([a, b], tmp_path / "merged")
    run = load(tmp_path / "merged")
    hosts_of = run.prices.groupby("problem")["host"].unique().str.join(" ")
    assert hosts_of.to_dict() == {"bowl": "alpha", "valley": "beta"}
    assert set(run.by_host["beta"].prices["problem"]) == {"valley"}
    text = Tables(Results(run)).texts()["summary.md"]
    assert "- measured on alpha: bowl\n- measured on beta: valley\n" in text


def test_what_is_missing_in_one_run_is_taken_from_another(tmp_path):
    a, b = write(tmp_path / "a"), write(tmp_path / "b")
    for seed in (0, 1):
        remove(a, key_of(BOWL, RACERS[0], seed))
    for seed in (1, 2):
        remove(b, key_of(BOWL, RACERS[0], seed))
    merge([a, b], tmp_path / "merged")
    (fast, *_) = Results(load(tmp_path / "merged")).groups
    assert [record.spec.seed for record in fast.records] == [0, 2]
    assert fast.missing == 1


def test_the_preferred_run_decides(tmp_path):
    a, b = write(tmp_path / "a"), write(tmp_path / "b", range(4), slower=2.0)
    merged = merge([a, b], tmp_path / "merged", prefer=b)
    assert contents(tmp_path / "merged") == contents(b)
    assert len(merged.joined.left_out) == 12
    listed = pd.read_csv(tmp_path / "merged" / AGAIN)
    assert set(listed["differences"]) == {"left out"}
    assert set(listed["run"]) == {"a"}


@pytest.mark.parametrize(
    ("racers", "words"),
    [
        ([replace(RACERS[0], settings={"b": 1.0})], None),  # another optimizer
        ([replace(RACERS[0], family="kin")], "fast on bowl: family: 'fast' in "),
        ([replace(RACERS[0], tuned=True)], "fast on bowl: tuned: None in "),
    ],
)
def test_what_has_one_name_must_be_the_same(tmp_path, racers, words):
    a = write(tmp_path / "a", [0])
    b = write(tmp_path / "b", [1], racers=racers)
    if words is None:
        merge([a, b], tmp_path / "merged")
        assert len(Results(load(tmp_path / "merged")).groups) == 6
        return
    first, *_, last = refused([a, b], tmp_path / "merged")
    assert first.startswith(words)
    assert last == f"not merged; side by side: table {a} {b}"


def test_another_budget_or_problem_of_the_same_name_is_refused(tmp_path):
    a = write(tmp_path / "a", [0])
    for course, words in (
        (replace(BOWL, steps=50), "fast on bowl: budget.steps: 400 in "),
        (replace(BOWL, dtype="float64"), "fast on bowl: arithmetic: 'float32' in "),
    ):
        b = write_run(tmp_path / words[-3:], [course], RACERS, seeds=1)
        assert refused([a, b], tmp_path / "merged")[0].startswith(words)


def test_one_trial_with_two_labels_is_refused(tmp_path):
    a, b = write(tmp_path / "a", [0]), write(tmp_path / "b", [0])
    specs = [replace(s, label=f"my {s.label}", family="") for s in plan(b)]
    for spec in specs:
        change(b, spec.key, spec=spec)
    write_plan(b, specs, **CPU | ALPHA)
    first, *_ = refused([a, b], tmp_path / "merged")
    assert first == f"my fast on bowl: label: 'fast' in {a}, 'my fast' in {b}"


def test_other_versions_are_merged_only_if_asked(tmp_path):
    a = write(tmp_path / "a", [0])
    b = write(tmp_path / "b", [1], made={**ALPHA, "versions": {"python": "3.12"}})
    (line,) = refused([a, b], tmp_path / "merged")
    assert f"python 3.11 in {a}, 3.12 in {b}" in line
    assert "--mix" in line
    merge([a, b], tmp_path / "merged", mix=True)
    assert len(load(tmp_path / "merged").records) == 8


def test_folders_that_cannot_be_used_are_one_line(tmp_path):
    a, b = write(tmp_path / "a", [0]), write(tmp_path / "b", [1])
    assert refused([a, a], tmp_path / "out") == (f"{a}: named twice",)
    assert "has files" in refused([a, b], b)[0]
    (line,) = refused([a, b], tmp_path / "out", prefer=tmp_path)
    assert line == f"--prefer {tmp_path}: it is none of the runs ({a}, {b})"


def test_a_full_disk_leaves_no_folder(tmp_path, monkeypatch):
    folders = [write(tmp_path / "a", [0]), write(tmp_path / "b", [1])]
    whole, seen = Path.write_bytes, []

    def full(path, content):
        seen.append(path)
        if len(seen) > 5:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return whole(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    (line,) = refused(folders, tmp_path / "merged")
    assert line.startswith("no room is left for ")


TUNED = replace(RACERS[0], settings={"rate": 0.1}, tuned=True, draw_seeds=(0,))


def tuning(folder, rate, problem="bowl", draw_seed=0):
    """Write a tuning that chose a rate."""
    record = TuningRecord(
        f"{problem}-fast-{draw_seed}",
        problem,
        "fast",
        Named(problem),
        Named("fast"),
        {"criterion": "cost", "budget": 1.0, "unit": "gradient"},
        draw_seed,
        settings=[{"rate": rate}],
        origins=["range"],
        scores=[{"choose": [], "score": []}],
        winner=0,
    )
    trials.write_tuning(folder, record)


def test_tuning_that_chose_other_settings_needs_a_preferred_run(tmp_path):
    other = replace(TUNED, settings={"rate": 0.2})
    a = write(tmp_path / "a", [0], racers=[TUNED, RACERS[1]])
    b = write(tmp_path / "b", [1], racers=[other, RACERS[1]])
    for problem in ("bowl", "valley"):
        tuning(a, 0.1, problem)
        tuning(b, 0.2, problem)
    first, *_ = refused([a, b], tmp_path / "merged")
    assert first == (
        f"fast on bowl: tuning with draw seed 0 chose rate 0.1 in {a}, rate 0.2 in "
        f"{b}: --prefer one of them"
    )
    merge([a, b], tmp_path / "merged", prefer=b)
    run = load(tmp_path / "merged")
    settings = {r.spec.optimizer.settings.get("rate") for r in run.records}
    assert settings == {0.2, None}
    assert len(run.planned) == len(run.records) == 6
    assert [record.chosen for record in run.tuned] == [{"rate": 0.2}] * 2


def test_settings_chosen_with_other_draw_seeds_too_are_one_group(tmp_path):
    a = write(tmp_path / "a", [0], racers=[TUNED])
    b = write(tmp_path / "b", [1], racers=[replace(TUNED, draw_seeds=(0, 1))])
    for folder, draw_seeds in ((a, [0]), (b, [0, 1])):
        for draw_seed in draw_seeds:
            tuning(folder, 0.1, draw_seed=draw_seed)
    merge([a, b], tmp_path / "merged")
    run = load(tmp_path / "merged")
    assert {spec.draw_seeds for spec in run.planned} == {(0, 1)}
    assert {record.spec.draw_seeds for record in run.records} == {(0, 1)}
    assert [record.draw_seed for record in run.tuned] == [0, 1]


def test_a_run_that_continues_in_a_merged_folder_keeps_its_hosts(tmp_path):
    a, b = write(tmp_path / "a", [0]), write(tmp_path / "b", [1], made=BETA)
    out = tmp_path / "merged"
    merge([a, b], out)
    known = run_file.read(out)
    for machine in (BETA["machine"], {"host": "gamma"}):
        described = replace(known, machine=machine, hosts={})
        done = hosts.stamped(out, trials.finished(out))
        run_folder.write(out, hosts.carried(out, described))
        seed = 7 + len(done)
        write_trial(out, BOWL, RACERS[0], seed)  # names no host
        assert all(record.host for record in done.values())
    run = load(out)
    by_host = {name: len(own.records) for name, own in run.by_host.items()}
    assert by_host == {"alpha": 4, "beta": 5, "gamma": 1}


def test_the_config_has_what_all_runs_have(tmp_path):
    configs = [
        {"name": "x", "seeds": [i], "rounds": 1, "optimizers": [{"name": name}]}
        for i, name in enumerate(("fast", "slow"))
    ]
    folders = [
        write(tmp_path / name, [0], i + 1.0, made={**ALPHA, "config": config})
        for i, (name, config) in enumerate(zip("ab", configs, strict=True))
    ]
    merge(folders, tmp_path / "merged")
    assert load(tmp_path / "merged").config == {
        "name": "x",
        "seeds": [0, 1],
        "rounds": 2,
        "optimizers": [{"name": "fast"}, {"name": "slow"}],
    }
