"""A problem set in a config stands for its problems."""

from textwrap import dedent

import pytest

from bench.config.plan import Plan
from bench.config.read import checked
from bench.core.errors import ConfigError
from problems.sets import SETS

HEAD = """
name = "sets"
[budget]
steps = 5
[[optimizers]]
name = "sgd"
learning_rate = 0.1
"""


def config(problems):
    return checked(HEAD + dedent(problems))


def refused(problems):
    with pytest.raises(ConfigError) as caught:
        config(problems)
    return str(caught.value)


def labels(problems):
    return [entry.label for entry in config(problems).problems]


def test_a_set_is_all_its_problems_with_their_settings_and_classes():
    entries = config('[[problems]]\nset = "regressions"').problems
    for entry, member in zip(entries, SETS["regressions"].members(None), strict=True):
        assert entry.name == member.problem
        assert entry.label == member.name
        assert entry.settings == dict(member.settings)
        assert entry.problem_class == member.kind


def test_filters_choose_by_name_dimension_and_class():
    first = '[[problems]]\nset = "regressions"\n'
    assert labels(first + 'only = "linear_diabetes"') == ["linear_diabetes"]
    both = labels(first + 'only = ["softmax_wine", "linear_diabetes"]')
    assert both == ["linear_diabetes", "softmax_wine"]  # in the order of the set
    assert "softmax_wine" not in labels(first + 'except = ["softmax_wine"]')
    assert labels(first + "dimension = [5, 650]") == ["logistic_iris", "softmax_digits"]
    assert len(labels(first + 'class = "convex"')) == len(labels(first))


def test_other_keys_belong_to_every_problem():
    entries = config(
        """
        [[problems]]
        set = "regressions"
        only = ["linear_diabetes", "logistic_iris"]
        label = "small data:"
        held_out = 0.5
        target = { suboptimality = 1e-2 }
        [[problems.grid.data_seed]]
        """.replace("[[problems.grid.data_seed]]", "grid = { data_seed = [0, 1] }")
    ).problems
    assert [e.label for e in entries] == [
        "small data: linear_diabetes",
        "small data: logistic_iris",
    ]
    for entry in entries:
        assert entry.settings["held_out"] == 0.5
        assert entry.target is not None
        assert entry.count == 2


def test_the_class_is_part_of_a_trial_but_not_of_its_key():
    problem = '[[problems]]\nname = "rosenbrock"\n'
    one, other = (
        Plan(config(problem + more), "cpu").specs()[0]
        for more in ("", 'class = "nonconvex"')
    )
    assert (one.problem_class, other.problem_class) == ("", "nonconvex")
    assert one.key == other.key
    assert "problem_class" not in one.to_json()


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        ('set = "regression"', 'Did you mean "regressions"?'),
        ("set = 3", "problems.0.set = 3: no set has this name."),
        ('set = "networks"\nname = "mlp"', "either a name or a set"),
        (
            'set = "networks"\nonly = ["adding", "digits_relo"]',
            'config:10: problems.0.only.1 = "digits_relo": "networks" has no such '
            'problem. Did you mean "digits_relu"?',
        ),
        ('set = "networks"\nexcept = "add"', 'Did you mean "adding"?'),
        ('set = "networks"\nclass = "convx"', 'Did you mean "convex"?'),
        ('set = "networks"\nclass = "convex"', "the filters leave no problem"),
        ('set = "networks"\ndimension = 3', "has problems of dimension 771, 901"),
        ('set = "networks"\ndimension = "3"', "should be a whole number"),
        ('set = "networks"\nonly = [1]', "should be a text, or a list of such"),
    ],
)
def test_a_wrong_filter_is_one_line_at_its_key(problem, words):
    line = refused(f"[[problems]]\n{problem}")
    assert words in line
    assert "\n" not in line


def test_a_fault_of_a_set_is_told_once_and_names_the_problems_it_is_of():
    every = refused('[[problems]]\nset = "regressions"\nheld_out = 1.5')
    assert every == "config:10: problems.0.held_out = 1.5: should be less than 1"
    some = refused('[[problems]]\nset = "regressions"\nstandardise = true')
    assert some.startswith("config:10: problems.0.standardise: unknown setting")
    assert "(linear_diabetes, linear_linnerud, huber_diabetes and 7 more)" in some


def test_of_many_names_the_nearest_is_named_and_without_one_all_are():
    first = '[[problems]]\nname = "more_garbow_hillstrom"\nproblem = '
    near = refused(f'{first}"wod"')
    assert near.endswith("""problem = 'wod': no such name. Did you mean "wood"?""")
    assert "'chebyquad'" in refused(f'{first}"zzzz"')


def test_a_problem_after_a_set_is_named_by_its_place_in_the_file():
    line = refused(
        """
        [[problems]]
        set = "networks"
        [[problems]]
        name = "rosenbrock"
        [[problems]]
        name = "rosenbrock"
        """
    )
    assert line == "config:13: problems.2: the same as problems.1"


def test_a_best_loss_known_is_not_that_of_a_net_that_the_entry_changes():
    first = '[[problems]]\nset = "networks"\nonly = "digits_tanh"\n'
    (member,) = (m for m in SETS["networks"].members(None) if m.name == "digits_tanh")
    for same in (
        "",
        "batch = 32",
        "target = { loss = 0.5 }",
        "stress = { noise = 0.1 }",
    ):
        (entry,) = config(first + same).problems
        assert entry.settings["best_known"] == member.least
    for other in ("hidden = [30]", "grid = { validation = [0.1, 0.2] }"):
        (entry,) = config(first + other).problems
        assert "best_known" not in entry.settings
    (entry,) = config(f"{first}hidden = [30]\nbest_known = 0.5").problems
    assert entry.settings["best_known"] == 0.5
