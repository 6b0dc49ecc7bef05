"""The problem sets by name."""

from collections.abc import Mapping

from . import more_garbow_hillstrom, more_wild
from .networks import NETWORKS
from .nist_strd import NIST_STRD
from .problem_set import CLASSES as CLASSES
from .problem_set import Member as Member
from .problem_set import ProblemSet as ProblemSet
from .regressions import REGRESSIONS

SETS: Mapping[str, ProblemSet] = {
    "more_garbow_hillstrom": more_garbow_hillstrom.SET,
    "more_wild": more_wild.SET,
    "nist_strd": NIST_STRD,
    "regressions": REGRESSIONS,
    "networks": NETWORKS,
}
