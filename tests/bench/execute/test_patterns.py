"""A pattern that fits no problem of a run is told before anything is run."""

import pytest

import bench
from bench.cli import main
from bench.core.errors import ConfigError

TEXT = """
name = "a"
[budget]
steps = 3
[[problems]]
name = "mlp"
rows = 30
columns = 3
hidden = [2]
{more}
[[optimizers]]
name = "chain"
label = "decayed"
[[optimizers.chain]]
name = "adamw"
learning_rate = 0.1
decay_mask = {{ not = ["{pattern}"] }}
"""
QUADRATIC = '[[problems]]\nname = "quadratic"\ndimension = 2'


@pytest.mark.parametrize("more", ["", QUADRATIC])
def test_a_pattern_that_fits_no_problem_is_refused(more, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = TEXT.format(pattern="*/bais", more=more)
    with pytest.raises(ConfigError) as caught:
        bench.experiment(text)
    words = 'optimizer "decayed" on problem "mlp": the pattern "*/bais" matches none'
    assert words in str(caught.value)
    assert 'Did you mean "1/bias"' in str(caught.value)
    if more:
        assert "one array without a name" in str(caught.value)
        return
    (tmp_path / "a.toml").write_text(text)
    assert main(["run", "a.toml", "--out", "out"]) == 2
    assert words in capsys.readouterr().err


def test_where_it_fits_some_problems_the_trials_on_others_are_skipped():
    run = bench.experiment(TEXT.format(pattern="*/bias", more=QUADRATIC))
    ends = {r.spec.problem_label: (r.end, r.reason) for r in run.records}
    assert ends["mlp"][0] == "budget"
    assert ends["quadratic"][0] == "skipped"
    assert 'the pattern "*/bias" matches none of the parameters' in ends["quadratic"][1]
