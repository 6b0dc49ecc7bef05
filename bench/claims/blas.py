"""BLAS and LAPACK on one thread, for timings that a busy machine does not undo."""

import scipy.linalg  # noqa: F401  only a library that is loaded can be limited
from threadpoolctl import threadpool_limits


def one_blas_thread() -> threadpool_limits:
    """Keep NumPy's and SciPy's routines, and JAX's solves, on one thread while inside.

    Where other work has a core, two of their threads wait for each other: a
    factorisation of 8 ms then lasts for 280.
    """
    return threadpool_limits(1, "blas")
