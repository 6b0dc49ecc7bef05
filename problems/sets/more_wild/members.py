"""The factory and the problem set of the 53 problems."""

from typing import Literal

from ...analytic import Analytic, analytic
from ...settings import DType, Nonnegative
from ..more_garbow_hillstrom import Known
from ..problem_set import Member, ProblemSet, fixed
from .functions import FUNCTIONS, ROWS, Row

NAME = "more_wild"
FAR = 10.0
"""The factor of the far starts."""

Name = Literal[
    "linear_full_rank_9_45",
    "linear_full_rank_9_45_far",
    "linear_rank_1_7_35",
    "linear_rank_1_7_35_far",
    "linear_rank_1_zero_7_35",
    "linear_rank_1_zero_7_35_far",
    "rosenbrock_2_2",
    "rosenbrock_2_2_far",
    "helical_valley_3_3",
    "helical_valley_3_3_far",
    "powell_singular_4_4",
    "powell_singular_4_4_far",
    "freudenstein_roth_2_2",
    "freudenstein_roth_2_2_far",
    "bard_3_15",
    "bard_3_15_far",
    "kowalik_osborne_4_11",
    "meyer_3_16",
    "watson_6_31",
    "watson_6_31_far",
    "watson_9_31",
    "watson_9_31_far",
    "watson_12_31",
    "watson_12_31_far",
    "box_three_dimensional_3_10",
    "jennrich_sampson_2_10",
    "brown_dennis_4_20",
    "brown_dennis_4_20_far",
    "chebyquad_6_6",
    "chebyquad_7_7",
    "chebyquad_8_8",
    "chebyquad_9_9",
    "chebyquad_10_10",
    "chebyquad_11_11",
    "brown_almost_linear_10_10",
    "osborne_1_5_33",
    "osborne_2_11_65",
    "osborne_2_11_65_far",
    "bdqrtic_8_8",
    "bdqrtic_10_12",
    "bdqrtic_11_14",
    "bdqrtic_12_16",
    "cube_5_5",
    "cube_6_6",
    "cube_8_8",
    "mancino_5_5",
    "mancino_5_5_far",
    "mancino_8_8",
    "mancino_10_10",
    "mancino_12_12",
    "mancino_12_12_far",
    "heart8_8_8",
    "heart8_8_8_far",
]


def _known(row: Row) -> Known:
    return FUNCTIONS[row.function].known(row.n, row.m)


def more_wild(
    *,
    problem: Name = "chebyquad_6_6",
    start_scale: Nonnegative = 0.0,
    dtype: DType = "float32",
) -> Analytic:
    """Make a smooth problem of Moré and Wild, a sum of squares.

    Args:
        problem: Its name: the function, the numbers of parameters and residuals, and
            "far" if the start is ten times the usual one.
        start_scale: Standard deviation of what is added to the start; 0 makes all seeds
            the same.
        dtype: Of data and params. The badly scaled ones need float64.

    References:
        Moré and Wild, "Benchmarking derivative-free optimization algorithms", SIAM
        Journal on Optimization 20, 2009.
    """
    row = ROWS[problem]
    function, known = FUNCTIONS[row.function], _known(row)
    return analytic(
        function.residuals,
        (FAR if row.far else 1.0) * function.start(row.n),
        data=function.data(row.n, row.m),
        least=known.least,
        minima=known.minima,
        start_scale=start_scale,
        dtype=dtype,
        squares=True,
    )


SET = ProblemSet(
    NAME,
    "The 53 smooth problems of Moré and Wild: 22 sums of squares from near and far.",
    'Moré and Wild, "Benchmarking derivative-free optimization algorithms", SIAM '
    "Journal on Optimization 20, 2009",
    fixed(
        *(
            Member(
                name=name,
                problem=NAME,
                settings={"problem": name},
                parameters=row.n,
                terms=row.m,
                kind="convex" if FUNCTIONS[row.function].linear else "least squares",
                least=_known(row).least,
                source=f"Moré and Wild 2009, problem {number}",
            )
            for number, (name, row) in enumerate(ROWS.items(), 1)
        )
    ),
)
