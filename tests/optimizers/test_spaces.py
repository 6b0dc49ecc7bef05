"""The search space of every optimizer, and that its factory takes the ends."""

from typing import Any

import pytest

import factories
import optimizers
from optimizers.make import GENERAL
from optimizers.optax_names import SPACES

# What is tuned, with its range.
RANGES: dict[str, dict[str, tuple[float, float]]] = {
    "adam": {"learning_rate": (1e-4, 10.0)},
    "adamw": {"learning_rate": (1e-4, 10.0), "weight_decay": (1e-6, 0.1)},
    "barzilai_borwein": {"first_move": (1e-5, 10.0)},
    "bfgs": {},
    "calculated_step": {"first_look": (1e-4, 1000.0)},
    "chain": {},
    "dogleg": {"radius": (1e-2, 100.0)},
    "gauss_newton": {"learning_rate": (1e-2, 2.0)},
    "ggn_cg": {"damping": (1e-6, 100.0)},
    "keep_stepping": {"learning_rate": (1e-4, 100.0)},
    "keep_stepping_published": {"learning_rate": (1e-4, 100.0)},
    "keep_vaulting": {"learning_rate": (1e-3, 1000.0)},
    "keep_vaulting_published": {"learning_rate": (1e-4, 10.0)},
    "lbfgs": {},
    "levenberg_marquardt": {"damping": (1e-6, 100.0)},
    "momentum": {"learning_rate": (1e-4, 100.0)},
    "nesterov": {"learning_rate": (1e-4, 100.0)},
    "newton": {"damping": (1e-8, 10.0)},
    "newton_cg": {"damping": (1e-8, 10.0)},
    "nonlinear_cg": {},
    "normalized_sgd": {"length": (1e-5, 1.0)},
    "pal": {"measuring_step": (1e-3, 100.0), "max_step": (0.01, 1000.0)},
    "partition": {},
    "psgd_kron": {"learning_rate": (1e-4, 10.0)},
    "sgd": {"learning_rate": (1e-4, 100.0)},
    "shampoo": {"learning_rate": (1e-3, 100.0)},
    "soap": {"learning_rate": (1e-4, 10.0)},
    "sophia": {"learning_rate": (1e-4, 10.0), "gamma": (1e-3, 10.0)},
    "sls": {"max_length": (1e-3, 1000.0)},
    "stages": {},
    "trust_region_step": {"radius": (1e-3, 100.0)},
    "optax.adamw": {"learning_rate": (1e-4, 10.0), "weight_decay": (1e-6, 0.1)},
    "optax.contrib.ademamix": {"learning_rate": (1e-4, 10.0), "alpha": (0.5, 50.0)},
    "optax.contrib.muon": {"learning_rate": (1e-4, 10.0)},
    "optax.contrib.prodigy": {"estim_lr_coef": (0.01, 100.0)},
    "optax.contrib.schedule_free_adamw": {"learning_rate": (1e-4, 10.0)},
    "optax.lbfgs": {},
    "optax.lion": {"learning_rate": (1e-5, 1.0), "weight_decay": (1e-6, 0.1)},
    "optax.nadamw": {"learning_rate": (1e-4, 10.0), "weight_decay": (1e-6, 0.1)},
    "optax.polyak_sgd": {"max_learning_rate": (0.01, 10_000.0)},
    "optax.rmsprop": {"learning_rate": (1e-5, 1.0)},
    "optax.adagrad": {"learning_rate": (1e-5, 10.0)},
    "optax.sgd": {"learning_rate": (1e-5, 10.0)},
    "optax.scale_by_adam": {},
}


# The least and the greatest best setting over eight of the problems of the standing
# comparison: of eight settings a decade, on three seeds, the one with the least cost to
# the target within a thousand gradients, or else with the least loss.
BEST: dict[str, tuple[float, float]] = {
    "adam": (0.022, 1.4),
    "calculated_step": (0.023, 240.0),
    "keep_stepping": (7.4e-4, 32.0),
    "keep_stepping_published": (5.6e-4, 24.0),
    "keep_vaulting": (0.021, 134.0),
    "keep_vaulting_published": (4.2e-4, 0.24),
    "momentum": (7.4e-4, 14.0),
    "newton_cg": (2.3e-4, 1.4),
    "sgd": (1.3e-3, 57.0),
    "trust_region_step": (0.13, 7.5),
    "optax.adamw": (0.042, 1.4),
    "optax.contrib.muon": (0.017, 1.4),
    "optax.contrib.prodigy": (0.031, 10.0),
    "optax.contrib.schedule_free_adamw": (0.042, 2.4),
    "optax.lion": (1e-3, 0.014),
    "optax.nadamw": (0.017, 1.4),
    "optax.polyak_sgd": (1.3, 4300.0),
    "optax.rmsprop": (1.7e-3, 0.18),
}


@pytest.mark.parametrize("name", BEST)
def test_a_range_holds_the_best_settings_of_the_problems_that_ship(name: str) -> None:
    low, high = next(iter(optimizers.space(name).values()))
    least, greatest = BEST[name]
    assert low < least / 1.5 < 1.5 * greatest < high


def at(name: str, end: int) -> dict[str, float]:
    """Return the settings at one end of every range: 0 the low one, 1 the high one."""
    return {key: ends[end] for key, ends in optimizers.space(name).items()}


def test_every_name_with_ranges_of_its_own_is_in_the_table() -> None:
    assert {*optimizers.names(), *SPACES} <= set(RANGES)


@pytest.mark.parametrize("name", RANGES)
def test_a_space_is_that_of_the_table(name: str) -> None:
    space = optimizers.space(name)
    assert space == RANGES[name]
    assert list(space) == list(RANGES[name])
    assert all(isinstance(r, optimizers.LogUniform) for r in space.values())


OF_OTHERS = {"chain", "partition", "stages"}


@pytest.mark.parametrize("name", [*sorted({*optimizers.names()} - OF_OTHERS), *SPACES])
@pytest.mark.parametrize("end", [0, 1])
def test_a_factory_takes_both_ends_and_needs_nothing_else(name: str, end: int) -> None:
    optimizers.check(name, at(name, end))
    assert all(0 < low < high for low, high in optimizers.space(name).values())


@pytest.mark.parametrize("name", [*optimizers.names(), *SPACES])
def test_a_default_lies_inside_or_is_off(name: str) -> None:
    defaults = factories.defaults(optimizers.factory(name))
    for key, (low, high) in optimizers.space(name).items():
        default = defaults[key]
        assert default is ... or default == 0 or low < default < high


def test_decades_are_the_length_of_a_range() -> None:
    assert optimizers.LogUniform(1e-3, 1e2).decades == pytest.approx(5)


def test_an_unknown_name_has_no_space() -> None:
    with pytest.raises(optimizers.FactoryError, match='Did you mean "sgd"'):
        optimizers.space("sgdd")


def test_a_factory_of_ones_own_is_tuned_by_its_learning_rate(tmp_path: Any) -> None:
    file = tmp_path / "mine.py"
    file.write_text("import optax\ndef mine(learning_rate): return optax.sgd(1.0)\n")
    assert optimizers.space(f"{file}:mine") is GENERAL


def test_a_factory_of_ones_own_may_state_its_ranges(tmp_path: Any) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "from __future__ import annotations\n"
        "from typing import Annotated\n"
        "from optimizers import LogUniform\n"
        "Share = Annotated[float, LogUniform(0.1, 2.0)]\n"
        "def mine(learning_rate, share: Share = 1.0): ...\n"
    )
    assert optimizers.space(f"{file}:mine") == {"share": (0.1, 2.0)}
