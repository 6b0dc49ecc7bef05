"""A fingerprint goes by files and arrays, and by nothing else."""

import pytest

from bench.config.fingerprint import fingerprint


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    texts = {"own.py": "import part\n", "part.py": "", "data.csv": "1", "more.csv": "2"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def of_problem(arrays=""):
    settings = {"path": "data.csv", "parts": [{"inner": "more.csv"}], "rows": 3}
    return fingerprint("own.py:problem", settings, arrays)


def test_name_and_settings_alone_have_none(folder):
    assert fingerprint("quadratic", {"dimension": 3, "kind": "files"}) == ""
    assert fingerprint("optax.adam", {"learning_rate": 0.1}) == ""


@pytest.mark.parametrize("name", ["own.py", "part.py", "data.csv", "more.csv"])
def test_every_file_that_it_depends_on_changes_it(folder, name):
    before = of_problem()
    (folder / name).write_text((folder / name).read_text() + "\n# edited")
    assert of_problem() != before


def test_arrays_change_it_and_other_files_do_not(folder):
    before = of_problem()
    (folder / "other.py").write_text("import own")
    assert of_problem() == before
    assert of_problem("digest") != before


def test_files_that_change_places_change_it(folder):
    before = of_problem()
    (folder / "data.csv").write_text("2")
    (folder / "more.csv").write_text("1")
    assert of_problem() != before


def test_the_file_of_an_optimizer_within_another_changes_it(folder):
    def of_optimizer():
        return fingerprint("mechanize", {"base": {"name": "own.py:inner"}})

    before = of_optimizer()
    (folder / "part.py").write_text("x = 1")
    assert of_optimizer() != before


def test_a_text_that_no_file_can_be_called_is_no_file():
    assert fingerprint("quadratic", {"a": "x" * 5000, "b": "\0", "c": "."}) == ""
