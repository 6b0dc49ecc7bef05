"""A user's modules shadow neither this project's nor one another."""

import sys

import pytest

import problems
from factories import FactoryError, find


def put(folder, **files):
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return folder


def made(file, name="f"):
    return find(f"{file}:{name}", {})()


def test_two_files_with_the_same_name_and_neighbours_with_the_same_name(tmp_path):
    own = "import near\n\ndef f():\n    return near.name, near.far()\n"
    near = "from other import name\n\ndef far():\n    import late\n    return late.x\n"
    for each in "ab":
        put(tmp_path / each, own=own, near=near, other=f"name = {each!r}\n")
        (tmp_path / each / "late.py").write_text(f"x = {each.upper()!r}\n")
    found = [made(tmp_path / each / "own.py") for each in "abab"]
    assert found == [("a", "A"), ("b", "B")] * 2


def test_a_neighbour_that_changed_is_imported_anew(tmp_path):
    put(tmp_path, own="import near\n\ndef f():\n    return near.x\n", near="x = 1\n")
    before = find(f"{tmp_path}/own.py:f", {})
    assert find(f"{tmp_path}/own.py:f", {}) is before
    (tmp_path / "near.py").write_text("x = 2\n")
    assert (before(), made(tmp_path / "own.py")) == (1, 2)


@pytest.mark.parametrize("name", ["json", "problems", "optax", "colorsys"])
def test_a_neighbour_shadows_no_other_module(tmp_path, name):
    put(tmp_path, own=f"import {name}\n\ndef f():\n    return {name}\n")
    (tmp_path / f"{name}.py").write_text("raise ValueError\n")
    assert made(tmp_path / "own.py") is sys.modules[name]


def test_a_neighbour_comes_before_the_working_directory(tmp_path, monkeypatch):
    put(tmp_path / "here", near="x = 'here'\n")
    put(tmp_path / "there", near="x = 'there'\n")
    put(tmp_path / "there", own="import near\n\ndef f():\n    return near.x\n")
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "here")])
    assert made("../there/own.py") == "there"


def test_a_name_that_is_this_projects_is_said_to_be(tmp_path):
    put(tmp_path, own="from problems import mine\n", problems="mine = 1\n")
    with pytest.raises(FactoryError) as caught:
        made(tmp_path / "own.py")
    words = '("problems" is a package of this project: rename your own)'
    assert str(caught.value).endswith(words)
    assert "cannot import name 'mine' from 'problems'" in str(caught.value)
    assert problems.names()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1\ndef f(:\n", "own.py:2: invalid syntax"),
        ("\nraise ValueError('odd\\nly')\n", "own.py:2: ValueError: odd ly"),
        ("import near\n", "near.py:3: ZeroDivisionError: division by zero"),
        ("import nothing_here\n", "own.py:1: ModuleNotFoundError: No module named"),
    ],
)
def test_an_error_names_the_users_file_and_line(tmp_path, monkeypatch, text, words):
    put(tmp_path, own=text, near="\n\n1 / 0\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FactoryError) as caught:
        made("own.py")
    assert str(caught.value).startswith(f'cannot import "own.py": {words}')


@pytest.mark.parametrize("name", [".:f", ":f", "a/b:f", "own.py:", "own:", "x y:f"])
def test_a_name_of_neither_form_says_the_forms(name):
    with pytest.raises(FactoryError, match="write it as path/to/file"):
        find(name, {})


@pytest.mark.parametrize("name", ["math:nan", "os:path", "builtins:int"])
def test_what_has_no_settings_is_no_factory(name):
    with pytest.raises(FactoryError, match="is no function with settings"):
        find(name, {})
