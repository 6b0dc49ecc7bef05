"""The words of a `[tuning]` table."""

from typing import Literal

Criterion = Literal["cost", "final_loss", "area"]
Unit = Literal[
    "forward_equivalents",
    "steps",
    "forward",
    "point",
    "gradient",
    "jvp",
    "hvp",
    "hessian",
]

UNTUNED = ", untuned"
"""What the label of an optimizer ends with that stands untuned beside itself."""
