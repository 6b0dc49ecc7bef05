"""Small problems, one of each kind."""

import problems

PROBLEMS = {
    "linear_regression": {"rows": 30, "columns": 3},
    "logistic_regression": {"rows": 30, "columns": 3, "l2": 0.1},
    "softmax_regression": {"l2": 1e-2},
    "mlp": {"rows": 30, "columns": 3, "hidden": [4]},
    "quadratic": {"spectrum": [1.0, 2.0, 5.0]},
    "rosenbrock": {},
    "himmelblau": {},
}

# Other kinds of the same: one optimizer that asks for everything sees them.
MORE = {
    "huber_regression": {"rows": 30, "columns": 3},
    "poisson_regression": {"rows": 30, "columns": 3},
    "matrix_factorisation": {"rows": 5, "rank": 1},
    "autoencoder": {"hidden": [1], "held_out": 0.98},
    "kowalik_osborne": {},
    "nist_strd": {"problem": "lanczos3", "start": 2},
    "more_garbow_hillstrom": {},
    "more_wild": {},
    "landscapes": {},
    "heavy_tailed_softmax": {"rows": 30, "columns": 2, "classes": 3, "l2": 0.1},
    "transformer": {"modulus": 3, "width": 2, "heads": 2},
    "recurrent": {"rows": 8, "length": 3, "width": 2},
    "convnet": {"channels": [1], "hidden": [2], "held_out": 0.98},
    "mnist1d": {"rows": 40, "architecture": "mlp", "width": 2},
    "pinn": {"rows": 8, "hidden": [2]},
    "bbob": {"problem": "rosenbrock", "dimension": 2},
    "cutest": {},
}


def problem(name: str) -> problems.Problem:
    return problems.make(name, **(PROBLEMS | MORE)[name])
