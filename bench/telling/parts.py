"""A run in parts that are not to be compared: all examples a step, or batches."""

from dataclasses import replace
from typing import Any

from ..keeping.reading import Run
from ..planning.asked import said

WHOLE, BATCHES = "all examples", "batches"


def parts(run: Run) -> dict[str, Run]:
    """Return the runs of the trials on all examples and of those on batches.

    A step on a batch has another cost, and its loss has noise.

    Args:
        run: From `bench.load`.

    Returns:
        By what each is of; the run itself, by "", where there is one kind alone. A
        trial that has left no file counts as one on all examples.
    """
    on_batches = {record["key"] for record in run.records if _on_batch(record)}
    if not on_batches or len(on_batches) == len(run.records):
        return {"": run}
    return {
        WHOLE: _without(run, on_batches),
        BATCHES: _without(run, {r["key"] for r in run.records} - on_batches),
    }


def _on_batch(record: dict[str, Any]) -> bool:
    return "batch" in said(record)


def _without(run: Run, keys: set[str]) -> Run:
    records = tuple(record for record in run.records if record["key"] not in keys)
    planned = run.config.get("trials")
    if planned is None:
        return replace(run, records=records)
    left = [key for key in planned if key not in keys]
    return replace(run, records=records, config=run.config | {"trials": left})
