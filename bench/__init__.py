"""Measure what an optimizer's progress costs: the public names of the package."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api.experiment import experiment as experiment
    from .api.measure import measure as measure
    from .api.run import Run as Run
    from .api.run import load as load
    from .core.costs import cost_of_calls as cost_of_calls
    from .core.errors import BenchError as BenchError
    from .core.readings import nominal_prices as nominal_prices
    from .core.records import TrialRecord as TrialRecord
    from .core.spec import Batch as Batch
    from .core.spec import Budget as Budget
    from .core.spec import Named as Named
    from .core.spec import Spec as Spec
    from .core.spec import Target as Target
    from .measurement.batches import pick as pick_batch
    from .measurement.call_times import call_flops as call_flops
    from .measurement.call_times import call_seconds as call_seconds
    from .measurement.call_times import one_blas_thread as one_blas_thread
    from .measurement.call_times import seconds_in_turn as seconds_in_turn
    from .measurement.call_times import with_gradient_source as with_gradient_source
    from .measurement.profile import profile as profile
    from .measurement.runtime import Runtime as Runtime
    from .measurement.sweep import SweepTrial as SweepTrial
    from .measurement.sweep import sweep as sweep
    from .report.plots.draw import save as save_figure
    from .report.plots.style import line_styles as line_styles
    from .report.plots.style import plot_style as plot_style
    from .statistics.intervals import Interval as Interval
    from .statistics.intervals import interval as interval
    from .statistics.intervals import median as median
    from .store.environment import versions as versions
    from .store.files import make_folder as make_folder
    from .store.files import write as write_file

_EXPORTS = {
    "Batch": "core.spec",
    "BenchError": "core.errors",
    "Budget": "core.spec",
    "Interval": "statistics.intervals",
    "Named": "core.spec",
    "Run": "api.run",
    "Runtime": "measurement.runtime",
    "Spec": "core.spec",
    "SweepTrial": "measurement.sweep",
    "Target": "core.spec",
    "TrialRecord": "core.records",
    "call_flops": "measurement.call_times",
    "call_seconds": "measurement.call_times",
    "cost_of_calls": "core.costs",
    "experiment": "api.experiment",
    "interval": "statistics.intervals",
    "line_styles": "report.plots.style",
    "load": "api.run",
    "make_folder": "store.files",
    "measure": "api.measure",
    "median": "statistics.intervals",
    "nominal_prices": "core.readings",
    "one_blas_thread": "measurement.call_times",
    "pick_batch": "measurement.batches:pick",
    "plot_style": "report.plots.style",
    "profile": "measurement.profile",
    "save_figure": "report.plots.draw:save",
    "seconds_in_turn": "measurement.call_times",
    "sweep": "measurement.sweep",
    "versions": "store.environment",
    "with_gradient_source": "measurement.call_times",
    "write_file": "store.files:write",
}
"""The module of each public name, and its name there if it differs."""


def __dir__() -> list[str]:
    return sorted(_EXPORTS)


def __getattr__(name: str) -> Any:
    """Import JAX and pandas when they are first needed, not for `--help`."""
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _EXPORTS[name].partition(":")
    return getattr(import_module(f".{module}", __name__), attribute or name)
