"""NIST's data and certified values, read from the file beside this one."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

from .models import MODELS, Residuals
from .symmetries import equivalents

Problem = Literal[
    "misra1a",
    "chwirut2",
    "chwirut1",
    "lanczos3",
    "gauss1",
    "gauss2",
    "danwood",
    "misra1b",
    "kirby2",
    "hahn1",
    "nelson",
    "mgh17",
    "lanczos1",
    "lanczos2",
    "gauss3",
    "misra1c",
    "misra1d",
    "roszman1",
    "enso",
    "mgh09",
    "thurber",
    "boxbod",
    "rat42",
    "mgh10",
    "eckerle4",
    "rat43",
    "bennett5",
]
"""The problems in NIST's order, from the lower to the higher level of difficulty."""


class Published(NamedTuple):
    """A problem as NIST states it.

    Attributes:
        title: Its name there.
        difficulty: "lower", "average" or "higher".
        model: A name of `MODELS`.
        starts: The two starts, the second nearer to the solution.
        certified: The params, to 11 digits.
        deviations: Their standard deviations √(s² (JᵀJ)⁻¹)ᵢᵢ, s² = least/(m - n).
        least: The residual sum of squares, to 11 digits.
        x: The predictor, m numbers, or a list of two.
        y: The response, m numbers.
    """

    title: str
    difficulty: str
    model: str
    starts: list[list[float]]
    certified: list[float]
    deviations: list[float]
    least: float
    x: list
    y: list[float]

    @property
    def residuals(self) -> Residuals:
        """Return the function (b, (x, y)) -> f(b, x) - y, float[m]."""
        return MODELS[self.model]

    @property
    def minima(self) -> tuple[tuple[float, ...], ...]:
        """Return the certified params, and those that give the same curve."""
        return equivalents(self.model, tuple(self.certified))


@cache
def published() -> Mapping[str, Published]:
    """Return all problems by name, in NIST's order."""
    text = Path(__file__).with_name("data.json").read_text(encoding="utf-8")
    return {name: Published(**problem) for name, problem in json.loads(text).items()}
