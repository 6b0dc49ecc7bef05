"""What optax's documentation prints: losses at the start and after each step.

All are of optax 0.2.8, on f(x) = Σ x² from (1, 2, 3) in float32. Six numbers each,
shortened by the documentation to three digits unless it prints more.
"""

from typing import Any, NamedTuple


class Printed(NamedTuple):
    """An example of the documentation: an optimizer, its settings, what is printed."""

    settings: dict[str, Any]
    losses: tuple[str, ...]


_SLOW = {"learning_rate": 0.003}
_UNIT_STEPS = ("14.0", "1.40E+01", "1.39E+01", "1.39E+01", "1.39E+01", "1.38E+01")
_NESTEROV = ("14.0", "1.39E+01", "1.39E+01", "1.39E+01", "1.38E+01", "1.38E+01")
_BY_GRADIENT = ("14.0", "1.38E+01", "1.37E+01", "1.35E+01", "1.33E+01", "1.32E+01")
_SCALED = ("14.0", "1.39E+01", "1.38E+01", "1.38E+01", "1.37E+01", "1.36E+01")
_FASTER = ("14.0", "1.39E+01", "1.38E+01", "1.37E+01", "1.37E+01", "1.36E+01")
_FLAT = ("14.0", "1.40E+01", "1.40E+01", "1.40E+01", "1.40E+01", "1.40E+01")

BY_GRADIENT = {
    "optax.adabelief": Printed(
        _SLOW, ("14.0", "1.40E+01", "1.39E+01", "1.39E+01", "1.38E+01", "1.38E+01")
    ),
    "optax.adadelta": Printed(
        {"learning_rate": 10.0},
        ("14.0", "1.36E+01", "1.32E+01", "1.29E+01", "1.25E+01", "1.21E+01"),
    ),
    "optax.adafactor": Printed(_SLOW, _SCALED),
    "optax.adagrad": Printed(
        {"learning_rate": 1.0},
        ("14.0", "5.01E+00", "2.40E+00", "1.25E+00", "6.86E-01", "3.85E-01"),
    ),
    "optax.adam": Printed(_SLOW, _UNIT_STEPS),
    "optax.adamax": Printed(_SLOW, _UNIT_STEPS),
    "optax.adamaxw": Printed(_SLOW, _UNIT_STEPS),
    "optax.adamw": Printed(_SLOW, _UNIT_STEPS),
    "optax.adan": Printed(
        {"learning_rate": 1e-1},
        ("14.0", "1.28E+01", "1.17E+01", "1.07E+01", "9.68E+00", "8.76E+00"),
    ),
    "optax.amsgrad": Printed(_SLOW, _UNIT_STEPS),
    "optax.fromage": Printed(_SLOW, _FASTER),
    "optax.lamb": Printed(_SLOW, _SCALED),
    "optax.lars": Printed(_SLOW, _FLAT),
    "optax.lion": Printed(_SLOW, _UNIT_STEPS),
    "optax.nadam": Printed(_SLOW, _NESTEROV),
    "optax.nadamw": Printed(_SLOW, _NESTEROV),
    "optax.noisy_sgd": Printed(_SLOW | {"key": 0}, _BY_GRADIENT),
    "optax.normalize_by_update_norm": Printed(
        {"scale_factor": -1.0},
        ("14.0", "7.52E+00", "3.03E+00", "5.50E-01", "6.67E-02", "5.50E-01"),
    ),
    "optax.novograd": Printed(
        _SLOW, ("14.0", "1.40E+01", "1.39E+01", "1.39E+01", "1.38E+01", "1.37E+01")
    ),
    "optax.optimistic_gradient_descent": Printed(_SLOW, _BY_GRADIENT),
    "optax.radam": Printed(_SLOW, _BY_GRADIENT),
    "optax.rmsprop": Printed(_SLOW, _FASTER),
    "optax.rprop": Printed(
        _SLOW, ("14.0", "1.40E+01", "1.40E+01", "1.39E+01", "1.39E+01", "1.38E+01")
    ),
    "optax.sgd": Printed(_SLOW, _BY_GRADIENT),
    "optax.sign_sgd": Printed(_SLOW, _UNIT_STEPS),
    "optax.sm3": Printed(_SLOW, _FLAT),
    "optax.yogi": Printed(
        {"learning_rate": 0.002},
        ("14.0", "1.40E+01", "1.40E+01", "1.39E+01", "1.39E+01", "1.39E+01"),
    ),
    "optax.contrib.ademamix": Printed(
        {"learning_rate": 0.01},
        ("14.0", "1.39E+01", "1.38E+01", "1.36E+01", "1.35E+01", "1.34E+01"),
    ),
    "optax.contrib.simplified_ademamix": Printed(
        {"learning_rate": 0.01},
        ("14.0", "1.39E+01", "1.36E+01", "1.33E+01", "1.28E+01", "1.23E+01"),
    ),
    "optax.contrib.adopt": Printed(_SLOW, _FLAT),
    "optax.contrib.dowg": Printed(
        {},
        ("14.0", "13.925367", "13.872763", "13.775433", "13.596172", "13.268837"),
    ),
}
"""Optimizers that need only the gradient, so that they fit into one partition."""

BY_VALUE = {
    "optax.polyak_sgd": Printed(
        {}, ("14.0", "3.5", "0.875", "0.21875", "0.0546875", "0.013671875")
    ),
    "optax.lbfgs": Printed({}, ("14.0", "7.52E+00", "7.46E-14")),
    "optax.contrib.schedule_free_sgd": Printed(
        {}, ("14.0", "1.40E+01", "1.75E-14", "9.96E-01", "8.06E-01", "2.41E-01")
    ),
    "optax.contrib.schedule_free_adamw": Printed(
        {"learning_rate": 1.0},
        ("14.0", "5.00E+00", "3.05E+00", "1.73E+00", "8.94E-01", "4.13E-01"),
    ),
}
"""Optimizers that need the loss, or whose answer is not where they stand."""

LINE_SEARCHES = {
    "backtracking": (
        "optax.scale_by_backtracking_linesearch",
        {"max_backtracking_steps": 15, "store_grad": True},
        ("1.40E+01", "5.04E+00", "1.81E+00", "6.53E-01", "2.35E-01", "8.47E-02"),
    ),
    "zoom": (
        "optax.scale_by_zoom_linesearch",
        {"max_linesearch_steps": 15},
        ("1.40E+01", "0.00E+00", "0.00E+00", "0.00E+00", "0.00E+00", "0.00E+00"),
    ),
}
"""Line searches after `optax.sgd(1.0)`."""
