"""Tuning tasks whose best settings are known."""

from math import log10

from bench.config.plan import key
from bench.config.schema import TuningTable
from bench.config.tuning_task import TuningTask
from bench.core.spec import Named, Spec
from optimizers import LogUniform

QUADRATIC = Named("quadratic", {"spectrum": [1.0, 2.0]})


def task(name="sgd", low=1e-3, high=1e-1, setting="learning_rate", fixed=(), **table):
    own = {"untuned_value": None, "draw_seed": 0, "dtype": "float32", "kind": "cpu"}
    own |= {key: table.pop(key) for key in own if key in table}
    spec = Spec(QUADRATIC, Named(name, dict(fixed)), dtype=own["dtype"])
    chosen = TuningTable(**({"budget": 10.0, "trials": 8, "refine": 0} | table))
    ranges, untuned = {setting: LogUniform(low, high)}, {setting: own["untuned_value"]}
    of_trial = key(spec, own["kind"], {})
    return TuningTask.of(spec, ranges, chosen, own["draw_seed"], untuned, of_trial)


def bowl(best, setting="learning_rate"):
    """Score a setting by its distance from the best, in decades."""

    def attempt(settings):
        far = [abs(log10(s[setting] / best)) for s in settings]
        rows = [{"cost": d, "final_loss": d, "area": d} for d in far]
        return [{"choose": [row], "score": [row]} for row in rows]

    return attempt
