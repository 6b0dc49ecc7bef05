"""The verb `list` for problem sets: each problem, what is known of it, its settings."""

import tomllib

import pytest

import problems
from bench.cli import main
from problems.sets import SETS


def lines(capsys, *words):
    status = main(["list", *words])
    out, err = capsys.readouterr()
    return status, out.splitlines(), err.splitlines()


def test_every_set_is_listed_with_how_to_list_its_problems(capsys):
    status, out, _ = lines(capsys, "sets")
    assert status == 0
    for name, one in SETS.items():
        assert f"  {name}: {one.summary}" in out
        count = len(one.members(None))
        assert f"      {count} problems, `list problems --set {name}` lists them" in out


@pytest.mark.parametrize("name", SETS)
def test_a_member_is_listed_with_what_is_known_and_what_makes_it(capsys, name):
    status, out, _ = lines(capsys, "problems", "--set", name)
    title, _, header, *rows = out
    assert (status, title.split(":")[0]) == (0, name)
    assert header.split()[:3] == ["problem", "n", "m"]
    members = SETS[name].members(None)
    for member, row in zip(members, rows, strict=True):
        assert row.split()[:2] == [member.name, str(member.parameters)]
        assert member.source in row
        if member.least is not None:
            assert f" {member.least:.10g} " in row
        stated = tomllib.loads(f"it = {{ {row[row.index('name = ') :]} }}")["it"]
        problem = stated.pop("name")
        assert (problem, stated) == (member.problem, dict(member.settings))
        problems.check(problem, stated)


def test_no_such_set_is_one_line(capsys):
    status, out, err = lines(capsys, "problems", "--set", "network")
    assert (status, out, len(err)) == (2, [], 1)
    assert 'Did you mean "networks"?' in err[0]
