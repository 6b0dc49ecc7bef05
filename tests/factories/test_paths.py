"""Which file a stated path leads to: in the config's folder, or in the working one."""

import pytest

from factories import FactoryError, find, folder, sources, taken_from, with_paths
from factories.paths import located


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A working directory with a folder `conf`; each holds files of its own."""
    (tmp_path / "conf").mkdir()
    for name in ("both.csv", "here.csv", "opt.py"):
        (tmp_path / name).write_text("def make():\n    return 'here'\n")
    for name in ("both.csv", "there.csv", "opt.py"):
        (tmp_path / "conf" / name).write_text("def make():\n    return 'there'\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_folder_comes_first_and_the_working_directory_is_told(desk):
    with taken_from("conf") as elsewhere:
        assert located("both.csv") == "conf/both.csv"
        assert located("there.csv") == "conf/there.csv"
        assert located("nowhere.csv") == "conf/nowhere.csv"
        assert not elsewhere
        assert located("here.csv") == "here.csv"
        assert located(str(desk / "here.csv")) == str(desk / "here.csv")
        assert [*elsewhere] == ["here.csv"]
    assert folder() == ""
    assert located("there.csv") == "there.csv"


def test_a_folder_inside_another_is_left_again(desk):
    with taken_from("conf"):
        with taken_from("."):
            assert located("both.csv") == "both.csv"
        assert located("both.csv") == "conf/both.csv"


def test_a_factory_and_its_sources_are_those_of_the_folder(desk):
    with taken_from("conf"):
        assert find("opt.py:make", {})() == "there"
        assert [str(path) for path in sources("opt.py:make")] == ["conf/opt.py"]
        with pytest.raises(FactoryError, match=r'cannot read "conf/none.py"'):
            find("none.py:make", {})
    assert find("opt.py:make", {})() == "here"


def test_settings_that_name_files_lead_to_them_and_no_other_text_does(desk):
    (desk / "conf" / "digits").mkdir()
    settings = {
        "dataset": "digits",
        "file": "none.csv",
        "weights": "there.csv",
        "nested": {"parts": ["both.csv", "here.csv", 3.0]},
        "activation": "relu",
        "mask": "0/weight",
    }
    with taken_from("conf") as elsewhere:
        assert with_paths(settings) == settings | {
            "file": "conf/none.csv",
            "weights": "conf/there.csv",
            "nested": {"parts": ["conf/both.csv", "here.csv", 3.0]},
        }
        assert [*elsewhere] == ["here.csv"]
    assert with_paths(settings) == settings


@pytest.mark.parametrize("text", ["\x00.csv", "x" * 5000 + ".csv", "a/" * 3000])
def test_a_text_that_is_no_path_stays(desk, text):
    with taken_from("conf"):
        assert with_paths({"a": text}) == {"a": text}
