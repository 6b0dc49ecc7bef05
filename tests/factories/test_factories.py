"""Names become factories; signatures are the schema of settings."""

import pickle
from collections import namedtuple
from typing import Annotated, Literal

import optax
import pytest
from annotated_types import Gt

import factories
from factories import FactoryError, check, defaults, find, nearest


def stepper(
    rate: Annotated[float, Gt(0)],
    *,
    kind: Literal["plain", "fancy"] = "plain",
    widths: list[int] | None = None,
):
    """Stand in for a factory."""


def anything(rate: float = 1.0, **more):
    """Stand in for a factory that swallows what it does not know."""


@pytest.mark.parametrize(
    "settings",
    [
        {"rate": 0.1},
        {"rate": 1},
        {"rate": 0.1, "kind": "fancy"},
        {"rate": 0.1, "widths": [1, 2]},
        {"rate": 0.1, "widths": None},
    ],
)
def test_what_the_signature_allows_passes(settings):
    check(stepper, settings)


@pytest.mark.parametrize(
    ("settings", "key", "words"),
    [
        ({"rate": 0.0}, "rate", "greater than 0"),
        ({"rate": True}, "rate", "should be a number"),
        ({"rate": "0.1"}, "rate", "should be a number"),
        ({"rate": 0.1, "kind": "odd"}, "kind", "'plain' or 'fancy'"),
        (
            {"rate": 0.1, "widths": [1, 2.5]},
            "widths",
            "item 1 should be a whole number",
        ),
        ({"rate": 0.1, "knid": "plain"}, "knid", 'Did you mean "kind"'),
        ({"rate": 0.1, "zz": 1}, "zz", "It takes rate, kind, widths"),
        ({}, None, '"rate" is missing'),
    ],
)
def test_what_it_does_not_allow_is_named(settings, key, words):
    with pytest.raises(FactoryError, match=words) as caught:
        check(stepper, settings)
    assert caught.value.key == key


@pytest.mark.parametrize(
    ("value", "hint"),
    [("fils", '. Did you mean "files"?'), ("xyz", ""), (3, "")],
)
def test_choices_are_one_list_with_the_nearest(value, hint):
    def chooser(made: Literal["sum", "blog", 2] | Literal["files"]):
        """Stand in for a factory."""

    with pytest.raises(FactoryError) as caught:
        check(chooser, {"made": value})
    assert caught.value.reason == f"should be 'sum', 'blog', 2 or 'files'{hint}"


def test_an_error_has_its_parts_as_fields():
    with pytest.raises(FactoryError) as caught:
        check(stepper, {"rate": -1.0})
    error = caught.value
    assert (error.key, error.value, error.hint) == ("rate", "-1.0", "")
    assert error.reason == "should be greater than 0"
    assert str(error) == "rate = -1.0: should be greater than 0"


def test_an_unknown_setting_is_told_from_its_hint():
    with pytest.raises(FactoryError) as caught:
        check(stepper, {"rate": 0.1, "knid": "plain"})
    error = caught.value
    assert error.reason == 'unknown setting "knid".'
    assert (error.value, error.hint) == (None, ' Did you mean "kind"?')
    assert error.explained(" Another.") == str(error) == error.reason + error.hint
    with pytest.raises(FactoryError) as caught:
        check(stepper, {"rate": 0.1, "zz": 1})
    error = caught.value
    assert (error.hint, error.choices) == ("", ("rate", "kind", "widths"))
    assert error.explained() == str(error)
    assert error.explained(" Another.") == 'unknown setting "zz". Another.'


def test_an_error_passes_between_processes():
    error = FactoryError("odd.", "rate", value="1", hint=" Hint.", choices=["rate"])
    copied = pickle.loads(pickle.dumps(error))
    assert str(copied) == str(error) == "rate = 1: odd. Hint."
    assert vars(copied) == vars(error)


class Range:
    """Stand in for an annotation's class."""


LOW, HIGH = Range(), Range()


def annotated(
    rate: Annotated[Annotated[float, Gt(0), LOW] | None, HIGH],
    share: Annotated[float, LOW, HIGH] = 0.5,
    plain: float = 1.0,
):
    """Stand in for a factory that states ranges."""


def test_metadata_is_what_of_a_type_the_arguments_are_annotated_with():
    assert factories.metadata(annotated, Range) == {"rate": HIGH, "share": LOW}
    assert factories.metadata(stepper, Range) == {}


def test_swallowed_settings_pass():
    check(anything, {"whatever": 1})
    with pytest.raises(FactoryError, match="rate"):
        check(anything, {"rate": "much"})


def test_optaxs_own_signatures_are_schemas_too():
    check(optax.adam, {"learning_rate": 0.1, "b1": 0.5})
    with pytest.raises(FactoryError, match="learning_rate"):
        check(optax.adam, {"learning_rate": "0.1"})


def test_defaults_say_what_must_be_given():
    assert defaults(stepper) == {"rate": ..., "kind": "plain", "widths": None}


def test_a_name_is_found_in_the_registry_a_module_or_a_file(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("def made():\n    return 1\n")
    assert find("step", {"step": stepper}) is stepper
    assert find("optax.lion", {}, ("optax",)) is optax.lion
    assert find("collections:namedtuple", {}) is namedtuple
    assert find(f"{file}:made", {})() == 1


def test_a_file_that_changed_is_another_module(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("def made():\n    return 1\n")
    before = find(f"{file}:made", {})
    file.write_text("def made():\n    return 2\n")
    assert (before(), find(f"{file}:made", {})()) == (1, 2)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("setp", 'unknown name "setp". Did you mean "step"'),
        ("optax.lin", 'optax has no factory "lin". Did you mean "optax.lion"'),
        ("mine.py", "name a factory in it, mine.py:FACTORY"),
        (5, "a name is wanted, not 5"),
        ("nowhere:x", 'cannot import "nowhere"'),
        ("nowhere.py:x", 'cannot read "nowhere.py"'),
        ("collections:nametuple", 'Did you mean "collections:namedtuple"'),
    ],
)
def test_a_name_that_is_not_there_is_met_with_the_nearest(name, words):
    with pytest.raises(FactoryError, match=words):
        find(name, {"step": stepper}, ("optax",))


def test_a_name_that_a_module_has_comes_before_a_near_one():
    words = 'unknown name "muon". Did you mean "optax.contrib.muon"'
    with pytest.raises(FactoryError, match=words):  # which is near to momentum
        find("muon", {"momentum": stepper}, ("optax", "optax.contrib"))


@pytest.mark.parametrize("name", ["SGD", "torch.optim.SGD", "Sgd"])
def test_other_capitals_and_another_package_are_near(name):
    with pytest.raises(FactoryError, match='Did you mean "sgd"'):
        find(name, {"sgd": stepper, "adam": stepper})


def test_a_file_that_exits_does_not_end_the_command(tmp_path, capsys):
    file = tmp_path / "leaving.py"
    file.write_text("import sys\nprint('bye')\nsys.exit(0)\n")
    with pytest.raises(FactoryError, match="SystemExit"):
        find(f"{file}:made", {})
    assert capsys.readouterr().out == ""


def test_a_file_that_breaks_says_how(tmp_path):
    file = tmp_path / "broken.py"
    file.write_text("import nothing_of_the_kind\n")
    with pytest.raises(FactoryError, match="nothing_of_the_kind"):
        find(f"{file}:made", {})


def test_nearest_is_silent_where_nothing_is_near():
    assert nearest("zzz", ["adam", "sgd"]) == ""
    assert factories.nearest("adm", ["adam", "sgd"]) == ' Did you mean "adam"?'


def test_a_missing_setting_is_not_named_beside_what_was_meant_for_it():
    with pytest.raises(FactoryError, match='Did you mean "rate"') as caught:
        check(stepper, {"raet": 0.1})
    assert caught.value.more == ()
    with pytest.raises(FactoryError, match="It takes rate") as caught:
        check(stepper, {"zz": 0.1})
    assert ["is missing" in str(each) for each in caught.value.more] == [True]


def test_initials_are_near():
    names = ["b1", "learning_rate", "lion"]
    assert nearest("lr", names) == ' Did you mean "learning_rate"?'
    assert nearest("l", names) == nearest("", names) == ""
