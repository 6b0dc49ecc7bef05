"""The claims by id, in the order in which their sources tell them."""

from factories import nearest

from ..errors import BenchError
from .claim import Claim

SOURCES = {
    "blog": 'Warmerdam, "More Descent, Less Gradient", koaning.io, 2020',
    "fd": "question and answers on gradient descent by finite differences, 2018",
    "step": "question and answers on finite steps against gradients",
    "notes": 'tutorial notes, "Introduction to Gradient-Based Learning"',
}

_SENTENCES = {
    "blog": {
        "gradient-share": "About 80 % of a training loop's time is the gradient.",
        "newton-one-step": "One Newton step solves linear regression, whatever the "
        "rows and columns.",
        "newton-is-closed-form": "That one step is the closed form (XᵀX)⁻¹Xᵀy, and "
        "scikit-learn is faster.",
        "hessian-grows": "k parameters need k² entries of the Hessian: Newton's time "
        "and memory grow with them.",
        "keep-stepping": "Stepping on along one gradient until the loss worsens beats "
        "SGD and comes near Adam; at most 50 steps beat Adam.",
        "keep-vaulting": "A jump sized by a secant estimate of the second derivative "
        "is weak because it is numerically sensitive.",
        "figures-9-13": "On the five networks the steps along one gradient beat SGD in "
        "time, and some of them beat Adam.",
        "direction-persists": "Early in training the direction of the gradient hardly "
        "changes from step to step.",
        "derivation-signs": "The printed t = -(XᵀX)⁻¹Xᵀ(y - Xβ) makes β + t, one "
        "Newton step, the least-squares answer.",
        "more-work-per-step": "There is a trade between fewer, dearer steps and more, "
        "cheaper ones.",
    },
    "fd": {
        "fd-evaluations": "A forward difference costs N + 1 evaluations and a central "
        "one 2N: negligible beside the N that the gradient needs.",
        "fd-step": "A finite difference is ruined by a step too large and by one too "
        "small.",
        "fd-memo": "With Xθ kept, a linear model's differences are of the gradient's "
        "order, with still more calculations; less can be kept the less linear it is.",
        "fd-lbfgs": "L-BFGS will not work without precise gradients.",
        "fd-slower": "Gradient descent with differences is slower than with the "
        "analytic gradient on logistic regression with ±1 labels.",
        "fd-toy": "For z = b σ(ax): ∂z/∂a = b x σ(ax) (1 - a σ(ax)), ∂z/∂b = "
        "b σ(εx)/ε; and the gradient of the logistic loss is Σ residual θ.",
    },
    "step": {
        "fixed-length": "A step of fixed length is worse near the optimum than one "
        "proportional to the gradient.",
        "taylor": "To second order a function is f + gᵀΔ + HΔ, the ½ and a Δ left out.",
        "best-finite-step": "Finding the best step of a given finite length is as hard "
        "as training.",
        "small-gradient": "A small gradient means that the optimum is near.",
        "large-step": "For a large step the gradient is a bad direction.",
        "dimension-cost": "The gradient costs O(n), differences along every direction "
        "O(n²).",
        "second-order-cost": "Second-order methods are better per step, and too dear "
        "for large models.",
    },
    "notes": {
        "sgd-faster": "Stochastic gradient descent beats batch gradient descent on "
        "large data.",
        "minibatch": "Minibatches make matrix-matrix products, 2 to 10 times faster "
        "for an example than one at a time.",
        "online": "With a stream of fresh examples the training loss is the "
        "generalisation loss.",
        "momentum-average": "Momentum as a running average of gradients, started at "
        "zero, is the heavy ball with the learning rate scaled by 1 - α.",
        "momentum-as-minibatch": "Momentum is similar in spirit to a minibatch.",
        "divergence-limit": "Steps larger than twice the largest eigenvalue of the "
        "Hessian go upward.",
        "constant-schedule": "A constant learning rate stops at a noise floor, and "
        "suits a drifting target.",
        "step-too-small": "A learning rate that is too small is slow.",
        "minibatch-noise": "The variance of a minibatch's gradient falls as 1/B.",
        "stationary-points": "Where the gradient is zero there is a minimum, a maximum "
        "or a saddle.",
        "one-over-k": "ε_k = ε_0 τ/(τ + k) converges; with a poor τ it can be very "
        "slow.",
        "backprop-linear": "The gradient by back-propagation costs a constant times "
        "the function, whatever the depth; the sum over paths is exponential.",
    },
}

REGISTRY: dict[str, Claim] = {
    id: Claim(id, source, sentence)
    for source, sentences in _SENTENCES.items()
    for id, sentence in sentences.items()
}


class UnknownClaim(BenchError):
    """No claim has that id."""


def find(id: str) -> Claim:
    """Return a claim by its id.

    Raises:
        UnknownClaim: There is none; the nearest is named.
    """
    if id in REGISTRY:
        return REGISTRY[id]
    raise UnknownClaim(f'unknown claim "{id}".{nearest(id, REGISTRY)}')
