"""The problem sets by name."""

from collections.abc import Mapping

from .networks import NETWORKS
from .problem_set import CLASSES as CLASSES
from .problem_set import Member as Member
from .problem_set import ProblemSet as ProblemSet
from .regressions import REGRESSIONS

SETS: Mapping[str, ProblemSet] = {
    "regressions": REGRESSIONS,
    "networks": NETWORKS,
}
