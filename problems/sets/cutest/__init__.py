"""Unconstrained problems of CUTEst, as sif2jax translates them to JAX."""

from .problem import MEMBERS as MEMBERS
from .problem import cutest as cutest
