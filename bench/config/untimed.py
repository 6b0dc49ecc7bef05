"""A config whose trials count calls, and are not timed."""

from ..core.errors import ConfigError
from .schema import BudgetTable, Config, OwnBudgetTable

UNTIMED_SECONDS = 600.0
"""Of a trial that is not timed: calls end it long before, if it goes on at all."""
_LIMITS = ("steps", "gradients", "forwards", "forward_equivalents")
SUFFIX = "counts"
"""Of the run's name: its trials are others than those that are timed."""


def untimed(config: Config) -> Config:
    """Return a config that counts calls, as a run of its own.

    Seconds then end no trial, so that what it says is a function of config and seeds.

    Raises:
        ConfigError: Seconds alone would end a trial.
    """
    for entry in config.optimizers:
        if not (_is_limited(config.budget) or _is_limited(entry.budget)):
            raise ConfigError(
                f"--counts-only: only seconds end the trials of "
                f'"{entry.label or entry.name}", and none are measured: state one of '
                f"{', '.join(_LIMITS)} in [budget]"
            )
    within = {"seconds": UNTIMED_SECONDS}
    optimizers = [
        entry.model_copy(
            update={"budget": entry.budget and entry.budget.model_copy(update=within)}
        )
        for entry in config.optimizers
    ]
    return config.model_copy(
        update={
            "name": f"{config.name}-{SUFFIX}",
            "timed": False,
            "budget": config.budget.model_copy(update=within),
            "optimizers": optimizers,
        }
    )


def _is_limited(budget: BudgetTable | OwnBudgetTable | None) -> bool:
    return any(getattr(budget, name, None) is not None for name in _LIMITS)
