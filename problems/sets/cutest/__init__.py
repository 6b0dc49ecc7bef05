"""Unconstrained problems of CUTEst, as sif2jax translates them to JAX."""

from .problem import SET as SET
from .problem import cutest as cutest
