"""Finished trials of an earlier plan, as those of the present one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ..config.plan import identity
from ..core.records import TrialRecord
from ..core.spec import Spec
from ..store import trials


def adopt(specs: Sequence[Spec], done: Mapping[str, TrialRecord]) -> list[Spec]:
    """Reuse finished trials whose keys differ in the description only.

    The hash in a key identifies the measurement. The description depends on labels and
    grids, which do not affect it. If tuning chose the settings that an optimizer has
    without tuning, two trials have the same hash: each has its own key and is not
    replaced.
    """
    known = {identity(key): key for key in done}
    return [_adopted(spec, known) if spec.key not in done else spec for spec in specs]


def _adopted(spec: Spec, known: Mapping[str, str]) -> Spec:
    key = known.get(identity(spec.key), spec.key)
    return spec if key == spec.key else replace(spec, key=key)


def relabel(
    specs: Sequence[Spec], done: Mapping[str, TrialRecord], folder: Path
) -> None:
    """Give the finished trials the labels that the config now has."""
    for spec in specs:
        record = done.get(spec.key)
        if record is not None and record.spec != spec:
            trials.amend(folder, replace(record, spec=spec))
