"""The configs that come along are found by name, from anywhere."""

import pytest

from bench.cli import main
from bench.config import shipped
from bench.core.errors import ConfigError


def test_a_name_is_found_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in shipped.names():
        assert shipped.find(name) == shipped.FOLDER / f"{name}.toml"
    assert {"quickstart", "more_descent/figure_9"} <= {*shipped.names()}


def test_a_file_comes_before_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "quickstart").write_text("")
    assert str(shipped.find("quickstart")) == "quickstart"


def test_a_folder_of_the_same_name_hides_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "quickstart").mkdir()
    assert shipped.find("quickstart").is_file()


WRONG = {
    "quikstart": '"quickstart"',
    "figure_9": '"more_descent/figure_9"',
    "configs/quickstart.toml": '"quickstart"',
    "standing.toml": '"standing"',
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_name_names_the_nearest(tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=f"Did you mean {WRONG[text]}"):
        shipped.find(text)


def test_every_config_is_listed_with_a_sentence(capsys):
    assert main(["list", "configs"]) == 0
    first, *lines = capsys.readouterr().out.splitlines()
    assert first.startswith("configs")
    assert len(lines) == len(shipped.names())
    for name, line in zip(shipped.names(), lines, strict=True):
        listed, _, sentence = line.strip().partition(": ")
        assert listed == name
        assert len(sentence) > 20


def test_check_takes_a_name(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["check", "quickstart"]) == 0
    assert "quickstart.toml: 42 trials" in capsys.readouterr().out
    assert main(["check", "quickstrat"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line == (
        "quickstrat: no such file, and no config of this name comes with the project. "
        'Did you mean "quickstart"? `list configs` shows all'
    )
