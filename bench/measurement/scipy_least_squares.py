"""A trial by a method of SciPy for residuals, through the same meter."""

from typing import Any

import numpy as np
from scipy.optimize import OptimizeResult, least_squares

from ..config.scipy_methods import Method
from ..core.readings import zeros
from ..core.spec import Budget, Spec
from .scipy_trial import (
    IsEnd,
    NotFinite,
    ScipyRun,
    ScipyTrial,
    jacobian,
    residuals,
)


class LeastSquaresTrial(ScipyTrial):
    """A trial by a method of `scipy.optimize.least_squares`.

    Its steps are the points that the method moves to: where it asks for a Jacobian
    next, and where it ends. Residuals and Jacobians are counted as such.

    Args:
        spec, problem, params: As of `ScipyTrial`.
        more: Its other arguments.

    Raises:
        NotApplicable: As of `ScipyTrial`.
    """

    def __init__(self, spec: Spec, problem: Any, params: Any, *more: Any):
        super().__init__(spec, problem, params, *more)
        self._method = self._name.removeprefix("least_squares-")

    def _compile(self, method: Method) -> dict[str, Any]:
        del method
        calls = {"residuals": residuals, "jacobian": jacobian}
        return {name: self._metered_call(kind) for name, kind in calls.items()}

    def _once(self, budget: Budget, is_end: IsEnd | None = None) -> ScipyRun:
        self._readings = zeros()
        spending = self._spending(budget)
        run = ScipyRun(spending, self._targets, lambda: self._readings, is_end)
        path = _Path(run, self._calls, self._start)
        options: dict[str, Any] = self._options | {"max_nfev": 10**9}
        try:
            result = least_squares(
                path.residuals,
                self._start,
                jac=path.jacobian,  # pyright: ignore[reportArgumentType]
                method=self._method,  # pyright: ignore[reportArgumentType]
                **options,
            )
            path.moved(result.x, 2 * result.cost)
        except StopIteration:
            return run
        except NotFinite as error:
            return run.diverge(str(error), self._start)
        run.x = np.asarray(result.x)
        run.give_up(result)
        return run


class _Path:
    """The points that a method moves to, seen by its calls.

    Args:
        run: Records them.
        calls: Metered, by name.
        start: The start point.
    """

    def __init__(self, run: ScipyRun, calls: dict[str, Any], start: np.ndarray):
        self._run, self._calls = run, calls
        self._here, self._last = start, (start, np.nan)

    def residuals(self, x: np.ndarray) -> np.ndarray:
        """Return the residuals at a point."""
        found = self._calls["residuals"](x)
        loss = self._run.first(float(found @ found))
        self._last = x.copy(), loss
        return found

    def jacobian(self, x: np.ndarray) -> np.ndarray:
        """Return the Jacobian, at a point that the method has moved to."""
        at, loss = self._last
        if np.array_equal(at, x):
            self.moved(x, loss)
        return self._calls["jacobian"](x)

    def moved(self, x: np.ndarray, loss: float) -> None:
        """Record a point if it is not the last one; StopIteration ends the method."""
        if not np.array_equal(x, self._here):
            self._here = x.copy()
            self._run.step(OptimizeResult(x=self._here, fun=loss))
