"""Random numbers, rotations and optima of COCO's instances of the BBOB functions."""

import numpy as np
from numpy.typing import NDArray

_MODULUS = 2**31 - 1
_SHUFFLED = 32
_CELL = 2**26 + 1
_SECOND = 1_000_000
_TINY = 1e-99


def uniform(seed: int, count: int) -> NDArray:
    """Draw from U(0, 1), float64[count].

    The numbers are those of the minimal standard generator, seed ← 16807 seed mod
    (2³¹ - 1), shuffled by a table of 32 of them.

    Args:
        seed: Any integer.
        count: How many numbers.

    References:
        Park and Miller, "Random number generators: good ones are hard to find", 1988.
    """
    state = max(abs(seed), 1)
    table = np.zeros(_SHUFFLED, np.int64)
    for place in range(_SHUFFLED + 7, -1, -1):
        state = 16807 * state % _MODULUS
        if place < _SHUFFLED:
            table[place] = state
    drawn, last = np.empty(count), int(table[0])
    for i in range(count):
        state = 16807 * state % _MODULUS
        place = last // _CELL
        last = int(table[place])
        table[place] = state
        drawn[i] = last / 2.147483647e9
    return np.where(drawn == 0, _TINY, drawn)


def normal(seed: int, count: int) -> NDArray:
    """Draw from N(0, 1) by the method of Box and Muller, float64[count]."""
    u, v = uniform(seed, 2 * count).reshape(2, count)
    drawn = np.sqrt(-2 * np.log(u)) * np.cos(2 * np.pi * v)
    return np.where(drawn == 0, _TINY, drawn)


def first_rotation(seed: int, n: int) -> NDArray:
    """Draw the rotation R of a function, float64[n, n]."""
    return _rotation(seed + _SECOND, n)


def second_rotation(seed: int, n: int) -> NDArray:
    """Draw the rotation Q of a function, float64[n, n]."""
    return _rotation(seed, n)


def _rotation(seed: int, n: int) -> NDArray:
    """Return normal numbers, the columns made orthonormal one after the other."""
    columns = normal(seed, n * n).reshape(n, n)
    for i, column in enumerate(columns):
        for before in columns[:i]:
            column -= (column @ before) * before
        column /= np.sqrt(column @ column)
    return columns.T


def optimum(seed: int, n: int) -> NDArray:
    """Draw a minimiser from [-4, 4]^n, in steps of 8e-4, float64[n]."""
    drawn = 8 * np.floor(1e4 * uniform(seed, n)) / 1e4 - 4
    return np.where(drawn == 0, -1e-5, drawn)


def far_optimum(seed: int, n: int) -> NDArray:
    """Draw the minimiser of the bent cigar, float64[n]."""
    return optimum(seed + _SECOND, n)


def signs(numbers: NDArray) -> NDArray:
    """Return -1 for what is negative, else 1."""
    return np.where(numbers < 0, -1.0, 1.0)


def ranks(seed: int, count: int) -> NDArray:
    """Draw a permutation of 0, ..., count - 1, int64[count]."""
    return np.argsort(uniform(seed, count), kind="stable")
