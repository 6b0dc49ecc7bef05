"""Every optimizer brings ranges that its factory takes, around its own defaults."""

from typing import Any

import pytest

import factories
import optimizers
from optimizers.spaces import GENERAL, SPACES


def at(name: str, end: int) -> dict[str, float]:
    """Return the settings at one end of every range: 0 the low one, 1 the high one."""
    return {key: ends[end] for key, ends in optimizers.space(name).items()}


def test_every_registered_optimizer_has_a_space() -> None:
    assert set(optimizers.names()) <= set(SPACES)


@pytest.mark.parametrize("name", SPACES)
@pytest.mark.parametrize("end", [0, 1])
def test_a_factory_takes_both_ends_and_needs_nothing_else(name: str, end: int) -> None:
    optimizers.check(name, at(name, end))
    assert all(0 < low < high for low, high in optimizers.space(name).values())


@pytest.mark.parametrize("name", SPACES)
def test_a_default_lies_inside_or_is_off(name: str) -> None:
    defaults = factories.defaults(optimizers.factory(name))
    for key, (low, high) in optimizers.space(name).items():
        default = defaults[key]
        assert default is ... or default == 0 or low < default < high


def test_what_is_not_listed_is_tuned_by_its_learning_rate_if_it_has_one() -> None:
    assert optimizers.space("optax.adagrad") is GENERAL
    assert optimizers.space("optax.scale_by_adam") == {}
    with pytest.raises(optimizers.FactoryError, match='Did you mean "sgd"'):
        optimizers.space("sgdd")


def test_a_factory_of_ones_own_is_tuned_by_its_learning_rate(tmp_path: Any) -> None:
    file = tmp_path / "mine.py"
    file.write_text("import optax\ndef mine(learning_rate): return optax.sgd(1.0)\n")
    assert optimizers.space(f"{file}:mine") is GENERAL
