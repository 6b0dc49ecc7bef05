"""The problem and the problem set of the BBOB functions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import jax
import numpy as np
from annotated_types import Ge

from ...analytic import Analytic, analytic
from ...random_start import uniform
from ...settings import DType, Nonnegative, Seed
from ..problem_set import Member, ProblemSet
from . import ill_conditioned, moderate, multimodal, separable, weakly_structured
from .instance import Function

Name = Literal[
    "sphere",
    "ellipsoid_separable",
    "rastrigin_separable",
    "buche_rastrigin",
    "linear_slope",
    "attractive_sector",
    "step_ellipsoid",
    "rosenbrock",
    "rosenbrock_rotated",
    "ellipsoid",
    "discus",
    "bent_cigar",
    "sharp_ridge",
    "different_powers",
    "rastrigin",
    "weierstrass",
    "schaffers_f7",
    "schaffers_f7_ill_conditioned",
    "griewank_rosenbrock",
    "schwefel",
    "gallagher_101",
    "gallagher_21",
    "katsuura",
    "lunacek_bi_rastrigin",
]

GROUPS: Mapping[str, Mapping[str, Function]] = {
    "separable": separable.FUNCTIONS,
    "low or moderate conditioning": moderate.FUNCTIONS,
    "high conditioning, one minimum": ill_conditioned.FUNCTIONS,
    "many minima, global structure": multimodal.FUNCTIONS,
    "many minima, weak global structure": weakly_structured.FUNCTIONS,
}
"""The functions by the groups of the paper."""

_DIMENSION = 10
# Both functions of these pairs are drawn with the seed of the first one.
_SEEDED_AS = {4: 3, 18: 17}


def seed_of(number: int, instance: int) -> int:
    """Return the seed of an instance of a function, as COCO has it.

    Args:
        number: Of the function, 1 to 24.
        instance: Of it.
    """
    return _SEEDED_AS.get(number, number) + 10_000 * instance


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, repr=False)
class InBox(Analytic):
    """f(x) = formula(x, data), with a start drawn from U(-start_scale, start_scale)^n.

    The attributes are those of `Analytic`; its usual start is the origin.
    """

    def init(self, key: jax.Array) -> jax.Array:
        """Draw the start, float[n]."""
        origin = self.usual
        return uniform(key, origin.shape, origin.dtype, self.start_scale)


def bbob(
    *,
    problem: Name = "sphere",
    dimension: Annotated[int, Ge(2)] = _DIMENSION,
    instance: Seed = 1,
    start_scale: Nonnegative = 4.0,
    dtype: DType = "float32",
) -> Analytic:
    """Make one of the 24 noiseless BBOB functions, f(x*) = 0.

    Its minimiser and rotations are those of COCO's instance of that number; f is
    COCO's function minus its f_opt, so the least value is 0 and no digits are lost to
    an offset. There are no bounds: most functions grow outside [-5, 5]^n.

    Args:
        problem: The function.
        dimension: n, the number of parameters.
        instance: COCO's number of the instance; its suites use 1 to 5 and others.
        start_scale: The start is drawn from U(-start_scale, start_scale) each way.
        dtype: Of params and data.

    References:
        Hansen, Finck, Ros and Auger, "Real-parameter black-box optimization
        benchmarking 2009: noiseless functions definitions", INRIA RR-6829, 2009.
    """
    function = next(group[problem] for group in GROUPS.values() if problem in group)
    data, minimiser = function.draw(seed_of(function.number, instance), dimension)
    return analytic(
        function.formula,
        np.zeros(dimension),
        data=data,
        least=0.0,
        minima=(tuple(minimiser.tolist()),),
        start_scale=start_scale,
        dtype=dtype,
        kind=InBox,
    )


def _members(dimension: int | None) -> tuple[Member, ...]:
    """Return the functions in `dimension`, 10 if it is None, in the paper's order."""
    n = _DIMENSION if dimension is None else dimension
    settings: dict[str, Any] = {} if dimension is None else {"dimension": n}
    return tuple(
        Member(
            name,
            "bbob",
            {"problem": name, **settings},
            n,
            None,
            "convex" if function.convex else "nonconvex",
            0.0,
            f"by construction; BBOB f{function.number}, {group}",
        )
        for group, functions in GROUPS.items()
        for name, function in functions.items()
    )


SET = ProblemSet(
    "bbob",
    "24 functions from a sphere to hundreds of minima, in any dimension.",
    "Hansen, Finck, Ros and Auger, INRIA RR-6829, 2009",
    _members,
)
