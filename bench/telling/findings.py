"""What a run says across its optimizers and problems: a table for each question."""

import pandas as pd

from ..keeping.reading import Run
from ..tuning.findings import best_of_k, choices
from .at_targets import at_targets
from .comparison import compare, success
from .predicted import predict
from .price_axis import prices_that_decide

QUESTIONS = {
    "tuning": choices,
    "best_of_k": best_of_k,
    "targets": at_targets,
    "comparison": compare,
    "success": success,
    "crossings": prices_that_decide,
    "predicted": predict,
}
"""By the name of its CSV in the run folder."""


def findings(run: Run) -> dict[str, pd.DataFrame]:
    """Return the answers that the run has data for, by question."""
    answers = {name: ask(run) for name, ask in QUESTIONS.items()}
    return {name: table for name, table in answers.items() if not table.empty}
