"""A run's planned trials, those that have left no file too."""

from collections import defaultdict
from typing import Any

from ..keeping.reading import Run
from ..planning.asked import DEFAULTS

Trial = dict[str, Any]


def planned(run: Run) -> list[Trial]:
    """Return a trial for each planned key, in planned order.

    A finished trial is its record. Of another one only its key is known, whose words
    say problem, optimizer and what varies: it takes after finished trials with the
    same words, and holds `missing`. Trials of an earlier plan with another budget may
    lie in the same folder: they are left out.
    """
    done = {record["key"]: record for record in run.records}
    keys = run.config.get("trials", list(done))
    shown = [done[key] for key in keys if key in done]
    alike = _alike(shown)
    problems = _by_problem_word(shown)
    return [done.get(key) or _missing(key, alike, problems) for key in keys]


def is_missing(trial: Trial) -> bool:
    """Return whether a planned trial has left no file."""
    return "missing" in trial


def _missing(key: str, alike: dict[str, Trial], problems: dict[str, Trial]) -> Trial:
    words = _words(key)
    if words in alike:
        return _shared(alike[words], key)
    problem, _, optimizer = words.partition("-")
    optimizer = optimizer or problem
    shared = {"problem": {"name": problem}, **problems.get(problem, {})}
    named = {"label": optimizer, "optimizer": {"name": optimizer.partition("-")[0]}}
    return _shared(shared | named, key)


def _shared(trial: Trial, key: str) -> Trial:
    names = ("problem", "problem_label", "dtype", "optimizer", "label", *DEFAULTS)
    known = {name: trial[name] for name in names if name in trial}
    return known | {"key": key, "missing": True}


def _alike(records: list[Trial]) -> dict[str, Trial]:
    """Return a record for the words that stand for one setting alone."""
    found = defaultdict(list)
    for record in records:
        found[_words(record["key"])].append(record)
    return {
        words: trials[0]
        for words, trials in found.items()
        if all(_shared(t, "") == _shared(trials[0], "") for t in trials)
    }


def _by_problem_word(records: list[Trial]) -> dict[str, Trial]:
    """Return a record for each problem whose word in the key is its alone."""
    found = defaultdict(list)
    for record in records:
        found[record["key"].partition("-")[0]].append(record)
    return {
        word: trials[0]
        for word, trials in found.items()
        if all(t["problem"] == trials[0]["problem"] for t in trials)
    }


def _words(key: str) -> str:
    return key.rpartition("-seed_")[0] or key
