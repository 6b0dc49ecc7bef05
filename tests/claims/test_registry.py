"""Which claims are found, and what is said where there is none."""

from pathlib import Path

import pytest

import claims
from claims import registry

FOLDER = Path(claims.__file__).parent
FILES = sorted(
    path
    for source in registry.SOURCES
    for path in (FOLDER / source).glob("*.py")
    if "\n@claim(" in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_holds_the_one_claim_of_its_name(path):
    id = path.stem.replace("_", "-")
    (found,) = registry.find(id)
    assert (found.id, found.source) == (id, path.parent.name)
    assert found.sentence.endswith(".")


def test_every_claim_of_the_registry_has_its_file():
    assert {path.stem.replace("_", "-") for path in FILES} == set(registry.IDS)


def test_there_are_35_claims():
    assert len(registry.IDS) == 35


def test_an_unknown_claim_names_the_nearest():
    with pytest.raises(registry.ClaimError) as error:
        registry.find("tailor")
    assert error.value.lines == ('unknown claim "tailor". Did you mean "taylor"?',)
    assert error.value.status == 2


OWN = """
from claims import Check, Evidence, above, claim

@claim(source="us", sentence="Two is more than one.")
def two():
    return Evidence([Check("two", 2, above(1))], lambda figure: figure.add_subplot())

@claim(source="us", sentence="One is more than one.")
def one():
    return Evidence([Check("one", 1, above(1))], lambda figure: figure.add_subplot())
"""


def test_a_file_of_the_users_own_is_all_claims_in_it(tmp_path):
    path = tmp_path / "own.py"
    path.write_text(OWN)
    found = registry.find(str(path))
    assert [claim.id for claim in found] == ["two", "one"]
    assert registry.source(found[0]) == "us"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1\n", "no claim in it"),
        ("x = 1 / 0\n", "ZeroDivisionError: division by zero"),
        ("x = (\n", "own.py:1: '(' was never closed"),
        (None, "No such file or directory"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line(tmp_path, text, words):
    path = tmp_path / "own.py"
    if text is not None:
        path.write_text(text)
    with pytest.raises(registry.ClaimError) as error:
        registry.find(str(path))
    (line,) = error.value.lines
    assert words in line
    assert "own.py" in line
