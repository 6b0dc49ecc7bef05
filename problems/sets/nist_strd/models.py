"""The residuals of NIST's models, f(b, x) - y, as functions of (b, (x, y)).

They compute in the library of their arguments: with JAX in programs, with NumPy, also
of complex params, in float64 on the host.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

Data = tuple[Any, Any]
"""The predictors float[m], or float[2, m] where there are two, and the responses."""
Residuals = Callable[[Any, Data], Any]
TURN = 2 * math.pi


def _library(b: Any) -> Any:
    return b.__array_namespace__()


def saturation(b: Any, data: Data) -> Any:
    """Return b₁ (1 - exp(-b₂ x)) - y."""
    x, y = data
    b1, b2 = b
    return -b1 * _library(b).expm1(-b2 * x) - y


def saturation_squared(b: Any, data: Data) -> Any:
    """Return b₁ (1 - (1 + b₂ x/2)⁻²) - y."""
    x, y = data
    b1, b2 = b
    return b1 * (1 - (1 + b2 * x / 2) ** -2) - y


def saturation_root(b: Any, data: Data) -> Any:
    """Return b₁ (1 - (1 + 2 b₂ x)^(-1/2)) - y."""
    x, y = data
    b1, b2 = b
    return b1 * (1 - (1 + 2 * b2 * x) ** -0.5) - y


def saturation_rational(b: Any, data: Data) -> Any:
    """Return b₁ b₂ x / (1 + b₂ x) - y."""
    x, y = data
    b1, b2 = b
    return b1 * b2 * x / (1 + b2 * x) - y


def decay_over_linear(b: Any, data: Data) -> Any:
    """Return exp(-b₁ x) / (b₂ + b₃ x) - y."""
    x, y = data
    b1, b2, b3 = b
    return _library(b).exp(-b1 * x) / (b2 + b3 * x) - y


def three_decays(b: Any, data: Data) -> Any:
    """Return b₁ exp(-b₂ x) + b₃ exp(-b₄ x) + b₅ exp(-b₆ x) - y."""
    x, y = data
    b1, b2, b3, b4, b5, b6 = b
    exp = _library(b).exp
    return b1 * exp(-b2 * x) + b3 * exp(-b4 * x) + b5 * exp(-b6 * x) - y


def constant_and_two_decays(b: Any, data: Data) -> Any:
    """Return b₁ + b₂ exp(-b₄ x) + b₃ exp(-b₅ x) - y."""
    x, y = data
    b1, b2, b3, b4, b5 = b
    exp = _library(b).exp
    return b1 + b2 * exp(-b4 * x) + b3 * exp(-b5 * x) - y


def decay_and_two_peaks(b: Any, data: Data) -> Any:
    """Return b₁ exp(-b₂ x) + b₃ exp(-((x-b₄)/b₅)²) + b₆ exp(-((x-b₇)/b₈)²) - y."""
    x, y = data
    b1, b2, b3, b4, b5, b6, b7, b8 = b
    exp = _library(b).exp
    first, second = (x - b4) / b5, (x - b7) / b8
    peaks = b3 * exp(-first * first) + b6 * exp(-second * second)
    return b1 * exp(-b2 * x) + peaks - y


def peak(b: Any, data: Data) -> Any:
    """Return (b₁/b₂) exp(-½ ((x - b₃)/b₂)²) - y."""
    x, y = data
    b1, b2, b3 = b
    away = (x - b3) / b2
    return b1 / b2 * _library(b).exp(-0.5 * away * away) - y


def power(b: Any, data: Data) -> Any:
    """Return b₁ x^b₂ - y."""
    x, y = data
    b1, b2 = b
    return b1 * x**b2 - y


def shifted_power(b: Any, data: Data) -> Any:
    """Return b₁ (b₂ + x)^(-1/b₃) - y."""
    x, y = data
    b1, b2, b3 = b
    return b1 * (b2 + x) ** (-1 / b3) - y


def kinetics(b: Any, data: Data) -> Any:
    """Return b₁ (x² + b₂ x) / (x² + b₃ x + b₄) - y."""
    x, y = data
    b1, b2, b3, b4 = b
    return b1 * x * (x + b2) / (x * (x + b3) + b4) - y


def quadratic_over_quadratic(b: Any, data: Data) -> Any:
    """Return (b₁ + b₂ x + b₃ x²) / (1 + b₄ x + b₅ x²) - y."""
    x, y = data
    b1, b2, b3, b4, b5 = b
    return (b1 + x * (b2 + x * b3)) / (1 + x * (b4 + x * b5)) - y


def cubic_over_cubic(b: Any, data: Data) -> Any:
    """Return (b₁ + b₂ x + b₃ x² + b₄ x³) / (1 + b₅ x + b₆ x² + b₇ x³) - y."""
    x, y = data
    b1, b2, b3, b4, b5, b6, b7 = b
    above = b1 + x * (b2 + x * (b3 + x * b4))
    return above / (1 + x * (b5 + x * (b6 + x * b7))) - y


def log_strength(b: Any, data: Data) -> Any:
    """Return b₁ - b₂ x₁ exp(-b₃ x₂) - log y; the logarithm of y is fitted."""
    (x1, x2), y = data
    b1, b2, b3 = b
    library = _library(b)
    return b1 - b2 * x1 * library.exp(-b3 * x2) - library.log(y)


def resistance(b: Any, data: Data) -> Any:
    """Return b₁ exp(b₂ / (x + b₃)) - y."""
    x, y = data
    b1, b2, b3 = b
    return b1 * _library(b).exp(b2 / (x + b3)) - y


def logistic(b: Any, data: Data) -> Any:
    """Return b₁ / (1 + exp(b₂ - b₃ x)) - y."""
    x, y = data
    b1, b2, b3 = b
    return b1 / (1 + _library(b).exp(b2 - b3 * x)) - y


def richards(b: Any, data: Data) -> Any:
    """Return b₁ / (1 + exp(b₂ - b₃ x))^(1/b₄) - y."""
    x, y = data
    b1, b2, b3, b4 = b
    return b1 * (1 + _library(b).exp(b2 - b3 * x)) ** (-1 / b4) - y


def line_and_arctangent(b: Any, data: Data) -> Any:
    """Return b₁ - b₂ x - arctan(b₃ / (x - b₄)) / π - y."""
    x, y = data
    b1, b2, b3, b4 = b
    return b1 - b2 * x - _library(b).atan(b3 / (x - b4)) / math.pi - y


def three_cycles(b: Any, data: Data) -> Any:
    """Return b₁ + three waves, of periods 12, b₄ and b₇, - y.

    They are b₂ cos 2πx/12 + b₃ sin 2πx/12, b₅ cos 2πx/b₄ + b₆ sin 2πx/b₄ and
    b₈ cos 2πx/b₇ + b₉ sin 2πx/b₇.
    """
    x, y = data
    b1, b2, b3, b4, b5, b6, b7, b8, b9 = b
    cos, sin = _library(b).cos, _library(b).sin
    year, second, third = TURN * x / 12, TURN * x / b4, TURN * x / b7
    waves = b2 * cos(year) + b3 * sin(year) + b5 * cos(second) + b6 * sin(second)
    return b1 + waves + b8 * cos(third) + b9 * sin(third) - y


MODELS: Mapping[str, Residuals] = {
    model.__name__: model
    for model in (
        *(saturation, saturation_squared, saturation_root, saturation_rational),
        *(decay_over_linear, three_decays, constant_and_two_decays),
        *(decay_and_two_peaks, peak, power, shifted_power, kinetics),
        *(quadratic_over_quadratic, cubic_over_cubic, log_strength, resistance),
        *(logistic, richards, line_and_arctangent, three_cycles),
    )
}
