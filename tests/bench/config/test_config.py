"""A config is read, or each thing that is wrong with it is a line with its place."""

import re

import pytest

import problems
from bench.config.read import read
from bench.core.errors import BenchError, ConfigError

from ..configs import SMALL, written


def error_lines(tmp_path, text, *sets, only=()):
    """Return the lines of the error, without the folder of the config."""
    with pytest.raises(BenchError) as caught:
        read(written(tmp_path, text), sets, only)
    assert caught.value.status == 2
    return [line.replace(f"{tmp_path}/", "") for line in caught.value.lines]


def swap(old, new):
    assert old in SMALL
    return SMALL.replace(old, new, 1)


def test_a_good_config(tmp_path):
    config = read(written(tmp_path))
    assert config.seeds == [0, 1]
    assert config.budget.steps == 10
    assert config.budget.target.suboptimality == 1e-6
    assert config.problems[1].settings == {"dataset": "breast_cancer", "l2": 1e-3}
    assert config.optimizers[0].grid == {"learning_rate": [0.1, 1.0]}
    assert (config.dtype, config.matmul_precision) == ("float32", "highest")


ONE_LINE = {
    ("seeds = 2", "seeds = 2\nseeds = 3"): "small.toml:3: seeds is given twice",
    (
        '"L-BFGS"',
        '"sgd"',
    ): 'small.toml:19: optimizers.1.label = "sgd": is also the label '
    "of optimizers.0, sgd",
    ("[0.1, 1.0]", "[0.1, 0.1]"): "small.toml:15: optimizers.0.grid: the same settings "
    "are listed twice",
    ("[optimizers.grid]\n", ""): "small.toml:15: optimizers.0.learning_rate = [0.1, "
    "1.0]: should be a number or a schedule, { schedule = ... }. To vary it, write the "
    'list in the entry\'s "grid"',
    ('"logistic_regression"\ndataset = "breast_cancer"\nl2 = 1e-3', '"mlp"'): (
        "small.toml:9: problems.1.target: a suboptimality needs a certified optimum, "
        "which this problem lacks: give it a target of its own, { loss = ... }, or the "
        "lowest loss known, best_known = ..."
    ),
    ("steps = 10", "stpes = 10"): "small.toml:4: budget.stpes: unknown key. Did you "
    'mean "steps"?',
    ("seeds = 2", "seed = 2"): 'small.toml:2: seed: unknown key. Did you mean "seeds"?',
    ("steps = 10", "steps = 0"): "small.toml:4: budget.steps = 0: should be at least 1",
    ("steps = 10", "steps = true"): "small.toml:4: budget.steps = true: should be a "
    "whole number",
    ("steps = 10", "seconds = nan"): "small.toml:4: budget.seconds = nan: should be "
    "greater than 0",
    ("steps = 10", "seconds = inf"): "small.toml:4: budget.seconds = inf: should be "
    "finite",
    ("steps = 10", 'seconds = "5"'): "small.toml:4: budget.seconds = '5': should be a "
    "number",
    ("seeds = 2", "seeds = 0"): "small.toml:2: seeds = 0: should be from 1 to 100,000",
    ("seeds = 2", "devices = 0"): "small.toml:2: devices = 0: should be a whole "
    'number, at least 1, or "all"',
    ("seeds = 2", "seeds = [1, 1]"): "small.toml:2: seeds = [1, 1]: should list at "
    "least one seed, and none twice",
    ("seeds = 2", "seeds = [-1]"): "small.toml:2: seeds.0 = -1: should be at least 0",
    ("1e-6 }", "1e-6, loss = 1.0 }"): "small.toml:5: budget.target: takes one of "
    "loss, suboptimality, relative_suboptimality and a metric",
    ("= 1e-6 }", "= [1e-2, 0] }"): "small.toml:5: budget.target.suboptimality = [0.01, "
    "0]: should be greater than 0",
    ("= 1e-6 }", "= [0.1, 0.1] }"): "small.toml:5: budget.target.suboptimality = [0.1, "
    "0.1]: should list at least one value, and none twice",
    ("= 1e-6 }", '= "low" }'): "small.toml:5: budget.target.suboptimality = 'low': "
    "should be a number or a list of numbers",
    ("{ suboptimality = 1e-6 }", "{}"): "small.toml:5: budget.target: takes one of "
    "loss, suboptimality, relative_suboptimality and a metric",
    ('"quadratic"', '"quadartic"'): "small.toml:7: problems.0.name: unknown name "
    '"quadartic". Did you mean "quadratic"?',
    ("dimension", "dimesion"): "small.toml:8: problems.0.dimesion: unknown setting "
    '"dimesion". Did you mean "dimension"?',
    ("dimension = 3", 'dtype = "float64"'): "small.toml:8: problems.0.dtype: is a "
    "top-level key, for all optimizers",
    ("label", "lable"): "small.toml:19: optimizers.1.lable: unknown setting "
    '"lable". Did you mean "label"?',
    ("[0.1, 1.0]", "[]"): "small.toml:16: optimizers.0.grid.learning_rate = []: should "
    "list at least one value",
    ("[0.1, 1.0]", "0.1"): "small.toml:16: optimizers.0.grid.learning_rate = 0.1: "
    "should be a list",
    ("[optimizers.grid]", "learning_rate = 0.1\n[optimizers.grid]"): "small.toml:17: "
    "optimizers.0.grid.learning_rate: is in the entry and in its grid",
    ("dimension = 3", "spectrum = 2020-01-01"): "small.toml:8: problems.0.spectrum = "
    "'2020-01-01': no setting is a date or a time",
    ('name = "small"\n', ""): "small.toml:1: name is missing",
    ('"small"', '"../x"'): "small.toml:1: name = '../x': names a folder: letters, "
    "digits, . _ - only, at most 80",
    ("seeds = 2", "rounds = 100000"): "small.toml:1: 600,000 trials are more than "
    "100,000",
    ("steps = 10", "steps = "): "small.toml:4: steps: not a value of "
    "TOML; text stands in quotes",
    ('label = "L-BFGS"\n', 'label = "'): "small.toml:19: Unterminated string",
}


OWN = {
    "stpes = 5": "small.toml:20: optimizers.1.budget.stpes: unknown key. Did you mean "
    '"steps"?',
    "steps = 0": "small.toml:20: optimizers.1.budget.steps = 0: should be at least 1",
    "seconds = true": "small.toml:20: optimizers.1.budget.seconds = true: should be a "
    "number",
    "target = { loss = 1.0 }": "small.toml:20: optimizers.1.budget.target: belongs to "
    "the run's [budget], for all optimizers",
    "compile_seconds = 5": "small.toml:20: optimizers.1.budget.compile_seconds: "
    "belongs to the run's [budget], for all optimizers",
}


@pytest.mark.parametrize("words", OWN)
def test_an_optimizer_s_own_budget_is_checked_as_the_run_s_is(tmp_path, words):
    text = swap('label = "L-BFGS"\n', f"[optimizers.budget]\n{words}\n")
    (line,) = error_lines(tmp_path, text)
    assert line == OWN[words]


def test_a_misspelt_budget_of_an_optimizer_is_named(tmp_path):
    text = f"{SMALL}[optimizers.bugdet]\nsteps = 5\n"
    (line,) = error_lines(tmp_path, text)
    assert line == (
        'small.toml:20: optimizers.1.bugdet: unknown setting "bugdet". Did you mean '
        '"budget"?'
    )


def test_entries_that_differ_by_their_budget_alone_are_the_same(tmp_path):
    again = '[[optimizers]]\nname = "optax.lbfgs"\n[optimizers.budget]\nsteps = 5\n'
    (line,) = error_lines(tmp_path, SMALL + again)
    assert line == (
        "small.toml:20: optimizers.2: the same as optimizers.1 but for budget"
    )


@pytest.mark.parametrize("change", ONE_LINE, ids=lambda change: change[1])
def test_one_line_names_what_is_wrong(tmp_path, change):
    (line,) = error_lines(tmp_path, swap(*change))
    assert line == ONE_LINE[change]


def test_a_value_of_a_grid_that_is_out_of_range_is_named_itself(tmp_path):
    text = swap("[0.1, 1.0]", "[0.1,\n-1.0]")
    (line,) = error_lines(tmp_path, text)
    assert line.startswith("small.toml:17: optimizers.0.grid.learning_rate.1 = -1.0: ")


def test_all_errors_come_at_once_in_the_order_of_their_lines(tmp_path):
    text = swap("steps = 10", "stpes = 10").replace("seeds = 2", "seeds = 2.5")
    text = text.replace('name = "small"', "nam = 1")
    assert [line.split(": ")[1] for line in error_lines(tmp_path, text)] == [
        "nam",  # which is near to the missing "name"
        "seeds = 2.5",
        "budget.stpes",
    ]


def test_all_wrong_settings_come_at_once(tmp_path):
    text = swap("dimension = 3", "dimesion = 3\ncolour = 1")
    text = text.replace("optax.lbfgs", "optax.lbfg")
    places = [line.split(": ")[:2] for line in error_lines(tmp_path, text)]
    assert places == [
        ["small.toml:8", "problems.0.dimesion"],
        ["small.toml:9", "problems.0.colour"],
        ["small.toml:19", "optimizers.1.name"],
    ]


def test_an_optimizer_that_does_not_fit_the_loop_is_no_error(tmp_path):
    base = '{ name = "sgd", learning_rate = 0.1 }'
    text = swap('name = "optax.lbfgs"', f'name = "optax.lookahead"\nfast = {base}')
    text = text.replace("fast =", "sync_period = 5\nslow_step_size = 0.5\n")
    entry = f"fast_optimizer = {base}"
    text = text.replace(f" {base}", entry)
    assert read(written(tmp_path, text)).optimizers[1].name == "optax.lookahead"


def test_huge_whole_numbers_are_fine(tmp_path):
    steps = 10**30
    assert read(written(tmp_path), [f"budget.steps={steps}"]).budget.steps == steps


@pytest.mark.parametrize("digits", [400, 5000])
def test_absurd_numbers_are_one_line(tmp_path, digits):
    lines = error_lines(tmp_path, swap("steps = 10", f"seconds = {'9' * digits}"))
    assert len(lines) == 1
    assert len(lines[0]) < 200


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(BenchError, match=r"cannot read .*: No such file"):
        read(tmp_path / "none.toml")


def test_a_python_file_in_place_of_a_config_is_told(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("import optax\n")
    with pytest.raises(ConfigError, match=r"mine.py:1: .*; a config is a TOML file"):
        read(file)


def test_a_file_that_is_not_text(tmp_path):
    path = tmp_path / "small.toml"
    path.write_bytes(b'name = "a"\n\xff')
    with pytest.raises(ConfigError, match=r"small.toml:2: not UTF-8 text"):
        read(path)


def test_a_factory_of_the_users_own_that_raises(tmp_path):
    (tmp_path / "own.py").write_text("import nothing_of_this_name")
    text = swap("optax.lbfgs", f"{tmp_path}/own.py:make")
    (line,) = error_lines(tmp_path, text)
    assert line.startswith("small.toml:18: optimizers.1.name: cannot import")


def test_a_check_that_raises_anything_is_one_line(tmp_path, monkeypatch):
    def check(name, settings):
        raise RuntimeError("so\nit goes")

    monkeypatch.setattr(problems, "check", check)
    lines = error_lines(tmp_path, SMALL)
    here = "tests/bench/config/test_config.py"
    assert [re.sub(rf"\S*{here}:\d+: ", "", line) for line in lines] == [
        f'small.toml:{line}: problems.{index}.name: "{name}" cannot be made: '
        "RuntimeError: so it goes"
        for line, index, name in [(7, 0, "quadratic"), (10, 1, "logistic_regression")]
    ]


def test_set_and_only(tmp_path):
    path = written(tmp_path)
    sets = ["budget.steps=7", "optimizers.0.grid.learning_rate=[2.0]", "dtype=float64"]
    config = read(path, sets, ["optimizer=sgd"])
    assert config.budget.steps == 7
    assert config.dtype == "float64"
    assert [o.grid for o in config.optimizers] == [{"learning_rate": [2.0]}]
    assert read(path, [], ["optimizer=L-BFGS", "optimizer=sgd"]).optimizers[0].name == (
        "sgd"
    )
    assert len(read(path, [], ["problem=quadratic"]).problems) == 1


WRONG_SETS = {
    "budget.stpes=1": "--set budget.stpes=1: budget.stpes: unknown key. Did you mean "
    '"steps"?',
    "budget.steps=-1": "--set budget.steps=-1: budget.steps = -1: should be at least 1",
    "budget.steps": "--set budget.steps: write it as key=value",
    "=3": "--set =3: write it as key=value",
    "seeds=[1": "--set seeds=[1: the value is not TOML",
    "optimizers.7.label=x": '--set optimizers.7.label=x: there is no entry "7" (there: '
    "0 to 1)",
    "name.x=1": "--set name.x=1: there is no such table",
    "name.x.y=1": '--set name.x.y=1: "x" is inside a value, not a table',
    "problems.1.l2=-1.0": "--set problems.1.l2=-1.0: problems.1.l2 = -1.0: ",
    "optimizers.+.name=sdg": "--set optimizers.+.name=sdg: optimizers.2.name: unknown "
    'name "sdg". Did you mean "sgd"?',
    "name.+=1": "--set name.+=1: there is no such table",
}


@pytest.mark.parametrize("words", WRONG_SETS)
def test_a_wrong_set_is_one_line(tmp_path, words):
    (line,) = error_lines(tmp_path, SMALL, words)
    assert line.startswith(WRONG_SETS[words])


WRONG_ONLY = {
    "optimizer=sdg": "--only optimizer=sdg: the config has no such optimizer. Did you "
    'mean "sgd"? It has sgd, optax.lbfgs, L-BFGS',
    "optimizer=lbgfs": "--only optimizer=lbgfs: the config has no such optimizer. Did "
    'you mean "L-BFGS"? It has optax.lbfgs, sgd, L-BFGS',
    "problem=mlp": "--only problem=mlp: the config has no such problem. It has "
    "logistic_regression, quadratic",
    "seed=1": "--only seed=1: write it as optimizer=NAME or problem=NAME",
    "problem": "--only problem: write it as optimizer=NAME or problem=NAME",
}


@pytest.mark.parametrize(
    "sets",
    [
        ("optimizers.+.name=momentum", "optimizers.+.learning_rate=0.3"),
        ('optimizers.+={ name = "momentum", learning_rate = 0.3 }',),
    ],
)
def test_a_set_adds_an_entry_and_further_ones_fill_it(tmp_path, sets):
    again = ("optimizers.+.name=adam", "optimizers.+.grid.learning_rate=[0.1, 0.2]")
    added = read(written(tmp_path), [*sets, *again]).optimizers[2:]
    assert [entry.name for entry in added] == ["momentum", "adam"]
    assert added[0].settings == {"learning_rate": 0.3}
    assert added[1].grid == {"learning_rate": [0.1, 0.2]}


def test_a_set_adds_a_problem_set_and_a_value(tmp_path):
    sets = ["problems.+.set=regressions", "seeds=[4]", "seeds.+=7"]
    config = read(written(tmp_path), [*sets, "problems.+.label=more"])
    assert config.seeds == [4, 7]
    assert len(config.problems) > 3
    assert all(entry.label.startswith("more ") for entry in config.problems[2:])


def test_a_set_begins_a_list_that_is_not_there(tmp_path):
    config = read(written(tmp_path), ['quick.+="seeds=1"'])
    assert config.quick == ["seeds=1"]


def test_many_names_are_cut_short(tmp_path):
    more = [f"optimizers.+.name=scipy.{name}" for name in ("BFGS", "L-BFGS-B")]
    more += [x for k in range(12) for x in ("optimizers.+.name=adam", _labelled(k))]
    with pytest.raises(ConfigError) as caught:
        read(written(tmp_path), more, ["optimizer=run0"])
    (line,) = caught.value.lines
    assert "It has run10, run09, " in line
    assert line.endswith(" and 6 more")


def _labelled(place):
    label = f'label = "run{place:02}", learning_rate = {0.01 * (place + 1):.2f}'
    return f'optimizers.{4 + place}={{ name = "adam", {label} }}'


@pytest.mark.parametrize("words", WRONG_ONLY)
def test_a_wrong_only_is_one_line(tmp_path, words):
    assert error_lines(tmp_path, SMALL, only=[words]) == [WRONG_ONLY[words]]


def test_a_byte_order_mark_is_no_part_of_the_config(tmp_path):
    written(tmp_path).write_text("\ufeff" + SMALL)
    assert read(tmp_path / "small.toml").name == "small"


def test_a_problem_s_own_loss_goes_before_a_suboptimality_of_the_run(tmp_path):
    net = '[[problems]]\nname = "mlp"\ntarget = { loss = 0.1 }\n[[optimizers]]'
    config = read(written(tmp_path, swap("[[optimizers]]", net)))
    assert config.problems[2].target.loss == 0.1


QUICK = ["budget.steps=3", "problems.0.dimension=2"]


def test_a_quick_size_is_put_over_the_config_and_a_set_over_that(tmp_path):
    quick = swap("seeds = 2\n", f"seeds = 2\nquick = {QUICK}\n".replace("'", '"'))
    path = written(tmp_path, quick)
    small = read(path, quick=True)
    assert (small.name, small.budget.steps) == ("small-quick", 3)
    assert small.problems[0].settings == {"dimension": 2}
    assert read(path, ["budget.steps=4"], quick=True).budget.steps == 4
    assert read(path).budget.steps == 10


def test_a_quick_size_keeps_some_entries_unless_others_are_asked_for(tmp_path):
    names = {entry.name for entry in read(written(tmp_path)).problems}
    assert len(names) == 2
    first, second = sorted(names)
    quick = f"seeds = 2\nquick = ['seeds=1', 'problem={first}']\n"
    path = written(tmp_path, swap("seeds = 2\n", quick))
    small = read(path, quick=True)
    assert [entry.name for entry in small.problems] == [first]
    other = read(path, chosen=[f"problem={second}"], quick=True)
    assert [entry.name for entry in other.problems] == [second]


def test_a_quick_size_that_is_not_stated_is_one_line(tmp_path):
    with pytest.raises(ConfigError, match="states no quick size"):
        read(written(tmp_path), quick=True)
