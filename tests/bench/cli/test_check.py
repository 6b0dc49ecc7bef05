"""What `check` says of a config that is valid."""

import pytest

from bench.cli import main
from bench.config.plan import Plan
from bench.config.read import read
from bench.measurement.runtime import SpecTrial


@pytest.mark.parametrize(
    ("budget", "told"),
    [
        ("steps = 40", "the last 1 of 3 stages begin after 40 steps,"),
        (
            "steps = 9000\ngradients = 20",
            "the last 2 of 3 stages begin after 20 steps,",
        ),
        ("steps = 41", ""),
        ("seconds = 1", ""),
    ],
)
def test_check_says_which_stages_the_budget_does_not_reach(
    tmp_path, capsys, budget, told
):
    stages = ['{ name = "sgd", learning_rate = 0.1, steps = 20 }'] * 2
    stages += ['{ name = "adam", learning_rate = 0.1 }']
    config = tmp_path / "run.toml"
    config.write_text(
        f'name = "x"\n[budget]\n{budget}\n[[problems]]\nname = "rosenbrock"\n'
        f'[[optimizers]]\nname = "stages"\nstages = [{", ".join(stages)}]\n'
    )
    assert main(["check", str(config)]) == 0
    lines = [
        line for line in capsys.readouterr().out.splitlines()[1:] if "stages" in line
    ]
    assert bool(lines) is bool(told)
    assert all(told in line for line in lines)


FITS = """\
name = "x"
[[problems]]
name = "rosenbrock"
[[problems]]
name = "quadratic"
[[problems]]
name = "quadratic"
label = "large"
dimension = 1001
[[problems]]
name = "huber_regression"
rows = 20
columns = 3
[[problems]]
name = "softmax_regression"
label = "batches"
batch = 5
[[optimizers]]
name = "sgd"
learning_rate = 0.1
[[optimizers]]
name = "levenberg_marquardt"
label = "lm"
[[optimizers]]
name = "ggn_cg"
[[optimizers]]
name = "scipy.least_squares-trf"
[[optimizers]]
name = "scipy.Nelder-Mead"
"""
NO_SQUARES = "the method needs the residuals of a sum of squares, and this problem"
SCIPYS = "SciPy's methods need all examples and gradients by autodiff"


def test_check_says_what_will_be_skipped_as_a_run_says_it(runtime, tmp_path, capsys):
    config = tmp_path / "run.toml"
    config.write_text(FITS)
    assert main(["check", str(config)]) == 0
    _, *told = capsys.readouterr().out.splitlines()
    others = '"quadratic", "large", "huber_regression"'
    assert told == [
        f'"lm" on {others} and 1 more is skipped: {NO_SQUARES} states none',
        '"ggn_cg" on "quadratic", "large" is skipped: the method needs generalised '
        "Gauss-Newton products, and this problem states neither outputs nor residuals",
        f'"scipy.least_squares-trf" on {others} is skipped: {NO_SQUARES} states none',
        '"scipy.Nelder-Mead" on "large" is skipped: 1,001 parameters need a simplex '
        "of 1,002 points; at most 1,000 parameters are taken",
        f'"scipy.least_squares-trf" on "batches" is skipped: {SCIPYS}',
        f'"scipy.Nelder-Mead" on "batches" is skipped: {SCIPYS}',
    ]
    skipped = 0
    for spec in Plan(read(config), "cpu").specs():
        lines = [x for x in told if x.startswith(f'"{spec.family}" on ')]
        of = [x for x in lines if f'"{spec.problem_label}"' in x or "1 more" in x]
        if spec.family != "sgd" and spec.problem_label != "rosenbrock" and of:
            record, _ = SpecTrial(runtime, spec).run()
            assert record.end == "skipped"
            assert any(line.endswith(record.reason) for line in of)
            skipped += 1
    assert skipped == 12
