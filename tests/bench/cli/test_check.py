"""What `check` says of a config that is valid."""

import pytest

from bench.cli import main


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
