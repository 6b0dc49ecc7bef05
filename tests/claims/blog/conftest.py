"""The published loop to the letter, on x²/2."""

import pytest


def published(x, rate, max_steps, factor):
    """Return the net moves of the published loop on x²/2, and its forward passes."""

    def f(x):
        return x * x / 2

    start = gradient = x
    old, passes = f(x), 1
    x = x - rate * gradient
    new, i, passes = f(x), 0, passes + 1
    while new < old and i < max_steps:
        x = x - rate * factor(i, old, new) * gradient
        old, new, i, passes = new, f(x), i + 1, passes + 1
    return (start - x) / (rate * gradient), passes


@pytest.fixture(name="published")
def published_loop():
    return published
