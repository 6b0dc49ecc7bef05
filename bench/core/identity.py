"""What trials of one group have in common."""

import json
from collections.abc import Hashable
from typing import Any

from .spec import Named, Spec


def identity(spec: Spec) -> Hashable:
    """Return a value that is equal for trials of one group.

    Fingerprints are no part of it: an optimizer whose file was edited is compared with
    its earlier self.
    """
    return (*of_problem(spec), spec.label, _stated(spec.optimizer), _oracle(spec))


def of_problem(spec: Spec) -> tuple[str, str, str]:
    """Return the part of a trial's identity that its problem determines."""
    return spec.problem_label, _stated(spec.problem), spec.arithmetic


def _stated(named: Named) -> str:
    return canonical([named.name, named.settings])


def _oracle(spec: Spec) -> str:
    return canonical(spec.oracle_settings)


def canonical(value: Any) -> str:
    """Return plain values as JSON, equal for equal values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
