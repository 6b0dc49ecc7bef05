"""The public names of bench: those that type checkers see are those that import."""

import ast
from importlib import import_module
from pathlib import Path

import pytest

import bench

FILE = Path(bench.__file__)


def stated():
    """Return the module and the name there of each public name, for type checkers."""
    return {
        alias.asname or alias.name: (node.module, alias.name)
        for node in ast.walk(ast.parse(FILE.read_text()))
        if isinstance(node, ast.ImportFrom) and node.level == 1
        for alias in node.names
    }


def test_there_is_one_list_of_names():
    assert dir(bench) == sorted(stated())


@pytest.mark.parametrize("name", dir(bench))
def test_a_name_is_what_type_checkers_see(name):
    module, there = stated()[name]
    expected = getattr(import_module(f"bench.{module}"), there)
    assert getattr(bench, name) is expected
