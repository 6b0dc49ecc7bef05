"""Whether a plane parts two classes."""

import numpy as np
from numpy.typing import NDArray


def separable(inputs: NDArray, labels: NDArray) -> bool:
    """Tell whether y_i x_iᵀw >= 0 for all i, not all zero, for some w.

    Then the unpenalised logistic loss has an infimum that no w reaches. A linear
    program decides: the largest Σ_i y_i x_iᵀw under these signs and |w_j| <= 1.

    Args:
        inputs: float[features, examples].
        labels: ±1, number[examples].

    References:
        Albert and Anderson, "On the existence of maximum likelihood estimates in
        logistic regression models", 1984.
    """
    from scipy.optimize import linprog

    margins = (labels * np.asarray(inputs, np.float64)).T
    found = linprog(
        -margins.mean(0), A_ub=-margins, b_ub=np.zeros(len(margins)), bounds=(-1, 1)
    )
    return bool(-found.fun > 1e-9)
