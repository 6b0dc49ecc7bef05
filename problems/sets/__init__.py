"""The problem sets by name."""

from collections.abc import Mapping

from .networks import NETWORKS
from .nist_strd import NIST_STRD
from .problem_set import CLASSES as CLASSES
from .problem_set import Member as Member
from .problem_set import ProblemSet as ProblemSet
from .regressions import REGRESSIONS

SETS: Mapping[str, ProblemSet] = {
    "nist_strd": NIST_STRD,
    "regressions": REGRESSIONS,
    "networks": NETWORKS,
}
