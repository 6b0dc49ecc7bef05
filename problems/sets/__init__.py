"""The problem sets by name."""

from collections.abc import Mapping

from . import (
    bbob,
    cutest,
    landscapes,
    more_garbow_hillstrom,
    more_wild,
    networks,
    nist_strd,
    regressions,
)
from .problem_set import CLASSES as CLASSES
from .problem_set import Member as Member
from .problem_set import ProblemSet as ProblemSet

SETS: Mapping[str, ProblemSet] = {
    "nist_strd": nist_strd.SET,
    "more_garbow_hillstrom": more_garbow_hillstrom.SET,
    "more_wild": more_wild.SET,
    "bbob": bbob.SET,
    "cutest": cutest.SET,
    "landscapes": landscapes.SET,
    "regressions": regressions.SET,
    "networks": networks.SET,
}
