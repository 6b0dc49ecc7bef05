"""The problem sets by name."""

from collections.abc import Mapping

from .nist_strd import NIST_STRD
from .problem_set import Member as Member
from .problem_set import ProblemSet as ProblemSet

SETS: Mapping[str, ProblemSet] = {
    "nist_strd": NIST_STRD,
}
