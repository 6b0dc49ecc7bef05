"""Numbers that other people's code computes for the same problem, in float64.

The problem of `SOAP` and `SHAMPOO` is f(X) = ‖A X B - 1‖²/2 + Σ sin X_ij.
"""

A = ((2.0, 0.3, -0.1), (0.3, 1.0, 0.2), (-0.1, 0.2, 0.5))
B = ((1.0, -0.4, 0.2), (-0.4, 3.0, 0.1), (0.2, 0.1, 0.7))
START = ((1.0, 2.0, -1.0), (0.5, -1.0, 0.3), (-0.7, 0.2, 1.5))

SOAP = (
    *(47.93555581744477, 42.77928178046681, 37.90189384767484, 33.33208165509974),
    *(29.10319017513049, 25.20962377408671, 21.597549156223558, 18.32632909683896),
    *(15.344710324331073, 12.660071237801198, 10.326665131802782, 8.285267566689258),
)
"""f after each of twelve gradients, the first of which makes no step.

github.com/nikhilvyas/SOAP, the authors' code, commit a1e5535, with lr = 0.1, both betas
0.95, no weight decay and precondition_frequency = 3.
"""

SHAMPOO = (
    *(25.930470520954565, 17.202185637288203, 12.390194085498525, 9.363960534101293),
    *(7.3257266547450675, 5.8958244074121895, 4.86548474336858, 4.108269923092181),
    *(3.5425658722838396, 3.1134779827462715, 2.7830889015093727, 2.5247421716945295),
)
"""f after each of twelve steps, on the same problem.

github.com/google-research/precondition at 239a8cd: `distributed_shampoo` with a rate of
0.5, beta1 = 0, beta2 = 1, matrix_epsilon = 1e-12, from the first step on, without
grafting, its roots by eigenvalues, and float64 in place of its float32.
"""

GRADIENT = ((1.0, -2.0), (0.5, 0.3), (-0.4, 1.2))
NOISE = ((0.3, 1.0), (-1.1, 0.4), (0.9, -0.2))
ROWS = ((1.0, 0.2, -0.3), (0.0, 0.8, 0.1), (0.0, 0.0, 1.3))
DIAGONAL = (1.0, 0.7, 1.4)
COLUMNS = ((0.9, -0.1), (0.0, 1.1))

KRON = {
    "triangular": (
        ROWS,
        (
            (0.9404546681906089, 0.18914244908629135, -0.22127714590823117),
            (0.0, 0.8156937146918207, 0.07981742672659939),
            (0.0, 0.0, 1.2743817940043451),
        ),
        ((0.9099831044391077, -0.0610470798027797), (0.0, 1.0257372333136678)),
        (
            (0.9841414296045196, -2.133752298956593),
            (0.43641539765410686, -0.15292032209704917),
            (-0.8544122712793789, 2.622889982577981),
        ),
    ),
    "diagonal": (
        DIAGONAL,
        (0.9282121648664681, 0.7302017137205066, 1.3333694006151622),
        ((0.9146883087427194, -0.07145354084427132), (0.0, 1.0318898537218397)),
        (
            (0.8334646584073296, -1.899918913006363),
            (0.21259534702679722, 0.15371562748082643),
            (-0.7344239855800162, 2.3290607935852212),
        ),
    ),
}
"""Both factors after one step of 0.1, and the gradient preconditioned by them.

The package psgd_jax 0.2.9: `_conjB`, `_update_precond` and `_precond_grad` of its Kron.
"""
