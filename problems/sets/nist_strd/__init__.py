"""NIST's nonlinear regressions, the set and its factory."""

from .members import NIST_STRD as NIST_STRD
from .regression import nist_strd as nist_strd
