"""A trial's trace as a notebook shows it."""

from html import escape

import pandas as pd


class Trace(pd.DataFrame):
    """The rows of one trial, with its end in `attrs`; a part of them is a DataFrame."""

    def _repr_html_(self) -> str:
        """Return how the trial ended, and its rows without the calls it never made."""
        words = ": ".join(filter(None, map(self.attrs.get, ("end", "reason"))))
        head = f"<p><strong>{escape(words)}</strong></p>" if words else ""
        plain = pd.DataFrame(self)
        shown = plain.loc[:, plain.fillna(0).any()]  # some number is known and not 0
        return f"{head}{shown._repr_html_()}"
