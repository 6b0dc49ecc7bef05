"""The problem sets by name."""

from collections.abc import Mapping

from .landscapes import LANDSCAPES_SET
from .problem_set import Member as Member
from .problem_set import ProblemSet as ProblemSet

SETS: Mapping[str, ProblemSet] = {
    "landscapes": LANDSCAPES_SET,
}
