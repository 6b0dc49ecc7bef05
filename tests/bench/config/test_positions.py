"""Every key's line, against a text whose lines say their own number."""

import tomllib

import pytest

from bench.config.positions import lines

TEXT = '''\
# 1: a comment with [brackets] and = signs
name = "a # no comment"   # 2
seeds = [ # 3
    4, # 4

    6, 7, # 6
]
long = """ # 8
[not.a.header] # 9
""" # 10
"quoted key" = 'literal \\' # 11
a . b = { c = 12, d = [12, { e = 12 }] }
[budget] # 13
target = { loss = 1e-3 } # 14
[[ entries ]] # 15
x = 1979-05-27T07:32:00Z # 16
  [ entries.grid ] # 17
  rate = [ 18,
    19 ]
[[entries]] # 20
x = \'\'\'
]] [[ \'\'\' # 22
[[entries.inner]] # 23
y = true # 24
[entries.inner.deep] # 25
z = 26
'''

EXPECTED = {
    ("name",): 2,
    ("seeds",): 3,
    ("seeds", 0): 4,
    ("seeds", 1): 6,
    ("seeds", 2): 6,
    ("long",): 8,
    ("quoted key",): 11,
    ("a", "b", "c"): 12,
    ("a", "b", "d", 1, "e"): 12,
    ("budget",): 13,
    ("budget", "target", "loss"): 14,
    ("entries",): 15,
    ("entries", 0): 15,
    ("entries", 0, "x"): 16,
    ("entries", 0, "grid"): 17,
    ("entries", 0, "grid", "rate", 0): 18,
    ("entries", 0, "grid", "rate", 1): 19,
    ("entries", 1): 20,
    ("entries", 1, "x"): 21,
    ("entries", 1, "inner", 0): 23,
    ("entries", 1, "inner", 0, "y"): 24,
    ("entries", 1, "inner", 0, "deep", "z"): 26,
}


@pytest.mark.parametrize(("path", "line"), EXPECTED.items())
def test_line(path, line):
    assert lines(TEXT)[path] == line


def leaves(plain, path=()):
    if isinstance(plain, dict):
        for key, value in plain.items():
            yield from leaves(value, (*path, key))
    elif isinstance(plain, list):
        for index, value in enumerate(plain):
            yield from leaves(value, (*path, index))
    else:
        yield path


def test_every_value_that_tomllib_sees_has_a_line():
    assert set(leaves(tomllib.loads(TEXT))) <= lines(TEXT).keys()


@pytest.mark.parametrize("text", ["", "\n\n", "= [", "[[[[", 'a = "', "a = [1, {"])
def test_a_form_it_does_not_know_ends_the_scan(text):
    assert isinstance(lines(text), dict)
