"""The source files of a user's factory: its own and those that it imports."""

import sys

import pytest

from factories import find, sources

FILES = {
    "main.py": "import helper\nfrom pack import inner\nimport numpy, json, problems\n",
    "helper.py": "def f():\n    import late\n",
    "late.py": "",
    "pack/__init__.py": "from .first import x\n",
    "pack/first.py": "from . import second\nfrom .sub.deep import y\n",
    "pack/second.py": "import helper\n",
    "pack/inner.py": "from ..main import z\nimport pack.third as t\n",
    "pack/third.py": "from pack.first import x\n",
    "pack/sub/deep.py": "from ..second import z\n",  # a namespace package
    "pack/other.py": "",
    "other.py": "",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def names(folder, factory):
    return {str(p.resolve().relative_to(folder)) for p in sources(factory)}


def test_a_file_and_all_that_it_imports_but_nothing_installed(folder):
    found = names(folder, "main.py:factory")
    assert found == FILES.keys() - {"other.py", "pack/other.py"}


def test_a_module_brings_the_packages_above_it(folder):
    found = names(folder, "pack.sub.deep:factory")
    expected = {"__init__", "first", "second", "sub/deep"}
    assert found == {f"pack/{name}.py" for name in expected} | {"helper.py", "late.py"}


def test_nothing_is_executed(folder):
    (folder / "main.py").write_text("import loud\n")
    (folder / "loud.py").write_text("raise SystemExit\n")
    assert names(folder, "main.py:factory") == {"main.py", "loud.py"}
    assert "loud" not in sys.modules


def test_a_file_beside_its_importer_outside_the_search_path(folder, tmp_path_factory):
    aside = tmp_path_factory.mktemp("aside")
    (aside / "main.py").write_text("import beside\n")
    (aside / "beside.py").write_text("")
    found = sources(f"{aside}/main.py:factory")
    assert [path.name for path in found] == ["main.py", "beside.py"]


def test_a_file_that_is_no_python_is_still_a_source(folder):
    (folder / "main.py").write_text("import (")
    assert names(folder, "main.py:factory") == {"main.py"}


@pytest.mark.parametrize(
    "name", ["adam", "optax.adam", "numpy:array", "json:loads", "problems:mlp", "no:x"]
)
def test_built_in_and_installed_ones_have_none(name):
    assert sources(name) == []


def test_a_file_beside_another_one_that_was_imported_is_not_taken_for_it(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "own.py").write_text("import near\ndef f():\n    pass\n")
        (tmp_path / name / "near.py").write_text("")
    for loaded in "ab":
        find(f"{tmp_path}/{loaded}/own.py:f", {})
        for name in "ab":
            found = sources(f"{tmp_path}/{name}/own.py:f")
            assert found == [tmp_path / name / each for each in ("own.py", "near.py")]
