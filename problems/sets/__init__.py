"""The problem sets by name."""

from collections.abc import Mapping

from . import more_garbow_hillstrom, more_wild
from .problem_set import Member as Member
from .problem_set import ProblemSet as ProblemSet

SETS: Mapping[str, ProblemSet] = {
    "more_garbow_hillstrom": more_garbow_hillstrom.SET,
    "more_wild": more_wild.SET,
}
