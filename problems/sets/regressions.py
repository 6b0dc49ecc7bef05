"""Fits of the tables that scikit-learn ships, by five convex losses."""

from collections.abc import Iterator

from .problem_set import Member, ProblemSet, fixed

UNSCALED = {"standardise": False, "l2": 1e-2, "start_scale": 0.0}
"""Settings with which features differ in size by a factor of a thousand and more."""

# The number of parameters, that of the training examples, and the least loss.
FITS = {
    ("linear", False): {
        "diabetes": (11, 354, 0.4697095148607),
        "linnerud": (4, 16, 0.9392670613682),
    },
    ("huber", False): {
        "diabetes": (11, 354, 0.06624487037516),
        "linnerud": (4, 16, 0.08836823147641),
    },
    ("poisson", False): {
        "diabetes": (11, 354, 9.314453304325),
        "linnerud": (4, 16, 0.4282517669495),
    },
    ("logistic", False): {
        "breast_cancer": (31, 455, 0.0655558217745),
        "digits": (65, 1438, 0.1718702627704),
        "iris": (5, 120, 0.4841142991168),
        "wine": (14, 142, 0.0399618989729),
    },
    ("softmax", False): {
        "breast_cancer": (62, 455, 0.05914201242271),
        "digits": (650, 1438, 0.08500107782652),
        "iris": (15, 120, 0.109983601528),
        "wine": (42, 142, 0.02515949640819),
    },
    ("softmax", True): {
        "breast_cancer": (62, 455, 0.1267819151006),
        "wine": (42, 142, 0.1117134729381),
    },
}
"""By loss and whether the features are unscaled, then by data set."""


def _members() -> Iterator[Member]:
    for (loss, unscaled), tables in FITS.items():
        for dataset, (parameters, examples, least) in tables.items():
            words = [loss, dataset, *(["unscaled"] if unscaled else [])]
            yield Member(
                "_".join(words),
                f"{loss}_regression",
                {"dataset": dataset, **(UNSCALED if unscaled else {})},
                parameters,
                examples,
                "convex",
                least,
                "certified",
            )


SET = ProblemSet(
    "regressions",
    "Linear, Huber, Poisson, logistic and softmax fits of scikit-learn's tables.",
    "scikit-learn's bundled data sets, of which four fifths of the examples train",
    fixed(*_members()),
)
