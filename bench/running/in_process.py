"""Run a whole config in this process, without a folder."""

import json
from functools import partial
from pathlib import Path
from typing import Any

from ..keeping import store
from ..keeping.reading import Run
from ..measuring.attempt import Attempt
from ..measuring.lab import Lab
from ..planning.config import checked, read
from ..planning.plan import plan, tasks
from ..planning.spec import Spec
from ..tuning.book import tuned
from ..tuning.task import Task
from ..tuning.tried import tried


def experiment(
    config: str | Path, *sets: str, quick: bool = False, lab: Lab | None = None
) -> Run:
    """Run all trials of a config, one after the other, and return them.

    Nothing is written, and nothing guards against a trial that hangs or crashes:
    `python -m bench run` does both.

    Args:
        config: A TOML file, or its text.
        *sets: `dotted.key=value`, each put over what the config says.
        quick: At the config's own quick size.
        lab: Keeps problems and programs for the next experiment.

    Returns:
        What `bench.load` returns of a folder, without prices: `trials`, a row each,
        and `traces`, a row a recorded step.

    Raises:
        StoreError: The file cannot be read.
        ConfigError: One line for each thing that is wrong, with its place.
    """
    if isinstance(config, Path):
        made = read(config, sets, quick=quick)
    else:
        made = checked(config, sets=sets, quick=quick)
    lab = lab or Lab()
    kind = lab.device.device_kind
    records = [_tuned(lab, task) for task in tasks(made, kind)]
    chosen = {r["key"]: r["chosen"] for r in records if "chosen" in r}
    specs = plan(made, kind, chosen)
    done = [_done(lab, spec) for spec in specs]
    records = tuple(record for record, _ in done)
    texts = {record["key"]: text for record, text in done}
    described = {"config": made.model_dump(mode="json"), "trials": list(texts)}
    return Run(Path(made.name), described, records, None, texts)


def _tuned(lab: Lab, task: Task) -> dict[str, Any]:
    return tuned(task, partial(tried, lab, task.spec, task.table))


def _done(lab: Lab, spec: Spec) -> tuple[dict[str, Any], bytes]:
    """Return a trial's record and trace as a run folder would hold them."""
    record, rows = Attempt(lab, spec).run()
    return json.loads(store.to_json(record)), store.to_csv(rows).encode()
