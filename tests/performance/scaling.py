"""What more data cost: seconds and memory over rows, columns, and out of a file."""

import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import jax
import numpy as np

import problems
from bench.measurement.clock import timed

from .figure import Figure
from .pairs import Ratio, ratio

KINDS = ("linear_regression", "logistic_regression")
ROWS = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
COLUMNS = (4, 16, 64, 256)
NUMBERS = 10_000_000
"""Read in one timing, so that small problems are called many times over."""


def figures() -> Iterator[Figure]:
    """Yield the dearest number over the typical one, streams, and peak memory."""
    for name in KINDS:
        of_rows = [_cost(name, rows, 10) for rows in ROWS]
        yield _dearest(f"{name}, 1e3 to 1e7 x 10", of_rows)
        of_columns = [_cost(name, 100_000, columns) for columns in COLUMNS]
        yield _dearest(f"{name}, 1e5 x 4 to 256", of_columns)
    for name in KINDS:
        words = f"{name} of 1e7 x 10 streamed over in memory, warm, gradient"
        yield Figure.of(words, "", streamed_over_memory(name))
    for name in KINDS:
        words = f"{name}: peak memory over data, 4e6 x 20"
        yield Figure.number(words, "<= 1.3", peak_over_data(name, 4_000_000))


def _dearest(what: str, costs: list[float]) -> Figure:
    """Return the largest over the median, and the smallest and largest over it."""
    typical = float(np.median(costs))
    low, high = min(costs) / typical, max(costs) / typical
    name = f"gradient's seconds a number, dearest over typical, {what}"
    return Figure(name, "", high, low, high, max(costs), typical)


def _cost(name: str, rows: int, columns: int, times: int = 3) -> float:
    """Return the median seconds of a value and gradient, for each number read."""
    problem = problems.make(name, rows=rows, columns=columns, held_out=0.0)
    calls = max(1, NUMBERS // (rows * columns))
    run = _repeated(problem, calls)
    run()
    return float(np.median([run() for _ in range(times)])) / (calls * rows * columns)


def _repeated(problem, calls: int) -> Callable[[], float]:
    """Return what times gradient steps of length 1e-6 in a compiled loop."""

    def step(problem, w):
        gradient = jax.grad(problems.objective(problem))(w)
        return w - 1e-6 * gradient

    def steps(problem, w):
        return jax.lax.fori_loop(0, calls, lambda _, w: step(problem, w), w)

    w = problem.init(jax.random.key(0))
    compiled = jax.jit(steps).lower(problem, w).compile()
    return lambda: timed(compiled, problem, w)[0]


def streamed_over_memory(name: str, rows: int = 10_000_000, pairs: int = 5) -> Ratio:
    """Return a pass over a file's examples over one over those in memory."""
    with tempfile.TemporaryDirectory() as folder:
        files = _files(Path(folder), rows)
        stream, memory = (
            _repeated(problems.make(name, dataset="files", stream=s, **files), 1)
            for s in (True, False)
        )
        return ratio(stream, memory, pairs)


def _files(folder: Path, rows: int, columns: int = 10) -> dict[str, str]:
    """Write inputs N(0, I), and as targets the signs of their first column."""
    x = np.random.default_rng(0).standard_normal((rows, columns), np.float32)
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", np.where(x[:, 0] > 0, 1, -1).astype(np.float32))
    return {"inputs": str(folder / "x.npy"), "targets": str(folder / "y.npy")}


def peak_over_data(name: str, rows: int, columns: int = 20) -> float:
    """Return the memory that a problem's life takes, over its data.

    Life is making it, certifying it and three steps of Newton and L-BFGS; what the
    same takes with 1,000 rows is not counted. Medians of three processes each.
    """
    small, large = (
        float(np.median([_peak(name, n, columns) for _ in range(3)]))
        for n in (1_000, rows)
    )
    return (large - small) / (4 * rows * (columns + 1))


def _peak(name: str, rows: int, columns: int) -> int:
    words = [sys.executable, "-m", __name__, name, str(rows), str(columns)]
    return int(subprocess.run(words, capture_output=True, check=True).stdout)


def live(name: str, rows: int, columns: int) -> int:
    """Return the most bytes that this process ever held, after a problem's life."""
    import optimizers
    from bench import measure

    problem = problems.make(name, rows=rows, columns=columns)
    problem.optimum()
    for optimizer in ("newton", "lbfgs"):
        measure(problem, optimizers.make(optimizer), steps=3)
    return most_held()


def most_held() -> int:
    """Return the most bytes that this process ever held.

    Linux counts in `ru_maxrss` what the process that started this one held.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return 1024 * int(lines["VmHWM"].split()[0])
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    print(live(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
