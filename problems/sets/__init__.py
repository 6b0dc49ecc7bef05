"""The problem sets by name."""

from collections.abc import Mapping

from . import bbob, cutest
from .problem_set import Member as Member
from .problem_set import ProblemSet as ProblemSet

SETS: Mapping[str, ProblemSet] = {
    "bbob": bbob.MEMBERS,
    "cutest": cutest.MEMBERS,
}
