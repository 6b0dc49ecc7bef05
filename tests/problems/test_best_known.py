"""The best loss known stands for a least loss, and changes nothing else."""

import jax
import numpy as np
import pytest

import problems
from factories import FactoryError

DROPPING = {"dropout": 0.5, "channels": [2, 2], "hidden": [4]}
KINDS = [
    ("mlp", {"hidden": [3], "rows": 50}),
    ("convnet", DROPPING),
    ("recurrent", {"rows": 20, "width": 2, "length": 4}),
]


@pytest.mark.parametrize(("name", "settings"), KINDS, ids=[name for name, _ in KINDS])
def test_it_is_the_least_loss_and_all_else_is_the_problems_own(name, settings):
    plain = problems.make(name, **settings)
    known = problems.make(name, **settings, best_known=0.25)
    assert plain.optimum() is None
    assert problems.least_loss(known) == (0.25, None)
    assert problems.least_loss(problems.check_made(known)) == (0.25, None)
    for optional in ("metrics", "residuals", "ggn", "takes_key", "draw", "in_float64"):
        assert hasattr(known, optional) == hasattr(plain, optional), optional
    starts = [p.init(jax.random.key(1)) for p in (plain, known)]
    pairs = zip((plain, known), starts, strict=True)
    losses = [float(jax.jit(p.loss)(x, p.train)) for p, x in pairs]
    assert losses[0] == losses[1]


def test_under_stress_the_best_loss_known_is_the_same():
    stressed = problems.make("mlp", best_known=0.5, stress={"rotate": True})
    assert problems.least_loss(stressed) == (0.5, None)


def test_it_is_an_argument_of_programs_like_the_problem_inside():
    known = problems.make("mlp", hidden=[3], rows=50, best_known=0.25)
    leaves, structure = jax.tree.flatten(known)
    again = jax.tree.unflatten(structure, leaves)
    assert again.optimum() == 0.25
    np.testing.assert_array_equal(again.train.inputs, known.train.inputs)
    assert repr(known).startswith("BestKnown: ")
    assert "best = 0.25" in repr(known)


def test_a_net_with_it_may_have_a_suboptimality_as_target():
    assert problems.without_optimum("convnet", {})
    assert not problems.without_optimum("convnet", {"best_known": 0.1})


@pytest.mark.parametrize("value", ["0.1", True, float("nan"), float("inf"), [0.1]])
def test_what_is_no_finite_number_is_refused_by_its_key(value):
    with pytest.raises(FactoryError, match="should be a finite number") as caught:
        problems.check("mlp", {"best_known": value})
    assert caught.value.key == "best_known"


def test_a_factory_with_such_a_setting_keeps_it(monkeypatch):
    def own(best_known=3.0):
        return problems.make("mlp", hidden=[int(best_known)])

    monkeypatch.setattr(problems.registry, "REGISTRY", {"own": own})
    assert problems.registry.split_common("own", {"best_known": 2.0}) == (
        {"best_known": 2.0},
        {},
    )
