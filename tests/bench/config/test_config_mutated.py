"""Thousands of mutated configs: each is read, or refused in lines with their place."""

from itertools import filterfalse

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import optimizers
import problems
from bench.config.read import read
from bench.core.errors import ConfigError
from factories import defaults

from ..configs import SMALL, written

LINES = SMALL.splitlines()
NAMES = [*problems.names(), *optimizers.names(), "optax.adam", "optax.lookahead"]
SETTINGS = sorted(
    {
        key
        for package in (problems, optimizers)
        for name in package.names()
        for key in defaults(package.factory(name))
    }
)

VALUES = r"""
1 | -1 | 0 | nan | -inf | 1e400 | true | "" | "sgd" | "a\nb" | [] | [[]] | {}
{ a = 1 }
[1, 2.5] | { name = "sgd" } | { name = "x" } | { schedule = "linear" } | 1979-05-27
07:32:00 | "optax.adam" | "optax.x" | "os:getcwd" | "x.py:f" | "\u0000.py:f" | ":"
"""
KEYS = """
name seeds budget label grid target steps learning_rate l2 dataset dimension "" "ab"
a.b every_step dtype
"""
HEADERS = """
[budget] [[problems]] [[optimizers]] [optimizers.grid] [problems] [problems.grid]
[x] [[x]] [ ] " # \x00 \ufeff
"""
literals = [word.strip() for word in VALUES.strip().replace("\n", " | ").split(" | ")]
values = st.sampled_from([*literals, "9" * 30, "9" * 400, "9" * 5000])
keys = st.sampled_from(KEYS.split())
pairs = st.tuples(keys, values).map(" = ".join)
headers = st.sampled_from(HEADERS.split())
positions = st.integers(0, len(LINES) - 1)
edits = st.one_of(
    st.tuples(st.just("put"), positions, st.one_of(pairs, headers)),
    st.tuples(st.just("change"), positions, values),
    st.tuples(st.just("drop"), positions, st.just("")),
    st.tuples(st.just("swap"), positions, positions),
    st.tuples(st.just("cut"), positions, st.integers(0, 40)),
)


def mutated(changes):
    lines = list(LINES)
    for kind, at, what in changes:
        at = min(at, len(lines) - 1)
        if kind == "put":
            lines.insert(at, what)
        elif kind == "change":
            lines[at] = f"{lines[at].partition('=')[0]} = {what}"
        elif kind == "drop" and len(lines) > 1:
            del lines[at]
        elif kind == "swap":
            other = min(what, len(lines) - 1)
            lines[at], lines[other] = lines[other], lines[at]
        elif kind == "cut":
            lines[at] = lines[at][:what]
    return "\n".join(lines)


def refusals(path, sets=()):
    """Return the lines of the refusal; none where the config is read."""
    try:
        read(path, sets)
    except ConfigError as error:
        return error.lines or ["no line"]
    return []


def check_places(path, lines):
    """Check that each line can be printed, and begins with a line of the file."""
    assert all(line.isprintable() for line in lines)
    for line in filterfalse(lambda line: line.startswith("--set "), lines):
        place, _, words = line.removeprefix(str(path)).partition(": ")
        assert place[1:].isdigit()
        assert words


many = settings(
    max_examples=1000,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@many
@given(st.lists(edits, min_size=1, max_size=4))
def test_mutated_text(tmp_path, changes):
    path = written(tmp_path, mutated(changes))
    check_places(path, refusals(path))


names = st.sampled_from([f'"{name}"' for name in NAMES])
entries = st.sampled_from(
    [f"{k}.{i}" for k in ("problems", "optimizers") for i in "01"]
)
sets = st.one_of(
    st.tuples(entries, st.just("name"), names),
    st.tuples(entries, st.sampled_from(SETTINGS), values),
    st.tuples(entries, st.sampled_from(SETTINGS).map("grid.{}".format), values),
)


@many
@given(st.lists(sets.map(lambda s: f"{s[0]}.{s[1]}={s[2]}"), min_size=1, max_size=4))
def test_mutated_names_and_settings(tmp_path, words):
    path = written(tmp_path)
    check_places(path, refusals(path, words))
