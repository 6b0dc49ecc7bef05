"""The raw numbers of tables as JSON, with their units."""

from collections.abc import Mapping
from math import isinf, isnan
from typing import Any

import numpy as np
import pandas as pd

from ...store.files import to_json
from .units import units


def json_text(run: str, frames: Mapping[str, pd.DataFrame]) -> str:
    """Return tables as JSON: for each name its units and its rows.

    Numbers have all their digits. What is not known is null; `"inf"`, a text, is the
    cost of what is never reached.

    Args:
        run: The run's name.
        frames: By name.
    """
    tables = {name: _table(name, frame) for name, frame in frames.items()}
    return to_json({"run": run, "tables": tables})


def _table(name: str, frame: pd.DataFrame) -> dict[str, Any]:
    rows = frame.to_dict("records")
    plain = [{str(key): _plain(value) for key, value in row.items()} for row in rows]
    return {"units": units(name, map(str, frame.columns)), "rows": plain}


def _plain(value: Any) -> Any:
    value = value.item() if isinstance(value, np.generic) else value
    if not isinstance(value, float):
        return value
    if isnan(value):
        return None
    return str(value) if isinf(value) else value
