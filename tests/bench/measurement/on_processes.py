"""A sweep on the four devices of two processes, of which each runs this file."""

import json
import sys
from dataclasses import replace

import jax

address, process = sys.argv[1], int(sys.argv[2])
jax.distributed.initialize(address, num_processes=2, process_id=process)

from bench.core.spec import Batch, Budget, Named, Spec  # noqa: E402
from bench.measurement.runtime import Runtime  # noqa: E402
from bench.measurement.sweep import SweepTrial, sweep  # noqa: E402

PROBLEM = Named("linear_regression", {"rows": 400, "columns": 5, "held_out": 0.1})
ADAM = Named("adam", {"learning_rate": 0.05})
WHOLE = Spec(PROBLEM, ADAM, Budget(steps=12), every_step=True)


def main():
    """Print losses and readings on four devices, and of one process on one alone."""
    assert (len(jax.local_devices()), len(jax.devices())) == (2, 4)
    runtime, found = Runtime("cpu"), {}
    for name, spec in {"all": WHOLE, "batch": replace(WHOLE, batch=Batch(12))}.items():
        found[name] = run(runtime, replace(spec, devices=4))
        if process == 0:
            found[f"{name} on one"] = run(runtime, spec)
    print(json.dumps(found))


def run(runtime, spec):
    """Return losses and readings of a trial, by a sweep: no clock decides in it."""
    (trace,) = sweep(runtime, spec, [SweepTrial(seed=3)])
    return trace.loss.tolist(), trace.readings.tolist()


if __name__ == "__main__":
    main()
