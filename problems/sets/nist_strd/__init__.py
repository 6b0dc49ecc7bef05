"""NIST's nonlinear regressions, the set and its factory."""

from .members import SET as SET
from .regression import nist_strd as nist_strd
