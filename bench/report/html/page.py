"""The page itself: a template, its style, its scripts and the data of runs."""

import json
from collections.abc import Sequence
from functools import cache
from importlib import resources
from math import isfinite
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from ...store.nameless import nameless
from ...store.run import Run
from .contents import contents
from .kept import with_trials

MARK = '<meta name="generator" content="Gradmeter">'
"""In the head of every page: tells a page of this project from other files."""
CORE = (
    "core",
    "elements",
    "format",
    "statistics",
    "traces",
    "costs",
    "series",
    "chart",
    "curve_traces",
)
"""The scripts that the others use, in order."""
SHOWN = ("legend", "problems", "summary", "endings", "table", "curves", "trial")
"""The scripts of the first screen, of curves and of single trials, in this order."""
OTHERS = (
    *("profiles", "generator", "resamples", "ranks", "break_even", "later"),
    *("cost_table", "convergence", "competition", "contest", "panel_parts"),
    *("target_bar", "bars"),
    *("profile_panels", "rank_panel", "break_even_panel"),
    *("sensitivity_panel", "best_of_k_panel", "paths_panel"),
)
"""The scripts of the panels that compare optimizers, after what these use."""
SCRIPTS = (*CORE, *SHOWN, *OTHERS, "start")


def page(runs: Sequence[Run], names_machines: bool = False) -> str:
    """Return the page of one or more runs, the same text for the same files.

    Args:
        runs: From `bench.load`. Of one that keeps only its tables the costs of each
            trial are shown, without curves.
        names_machines: Whether machines have their names in the network; else those
            that `nameless` gives them.

    Raises:
        RunMissing: Such a run has no file of costs.
    """
    called = runs if names_machines else nameless(runs)
    shown = contents([with_trials(r) if r.record.only_tables else r for r in called])
    return _template().render(
        mark=Markup(MARK),
        title=shown.plain["title"],
        style=Markup(_own("page.css")),
        plotly=Markup(_plotly()),
        scripts=[Markup(_own(f"script/{name}.js")) for name in SCRIPTS],
        data=Markup(for_script(shown.plain)),
        traces=Markup(shown.traces),
    )


def for_script(plain: Any) -> str:
    """Return JSON that cannot end the element of a page in which it stands.

    Numbers that are not finite, which JSON lacks, are null.
    """
    text = json.dumps(_finite(plain), separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def _template() -> Any:
    made = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return made.from_string(_own("page.html.jinja"))


def _own(name: str) -> str:
    return (Path(__file__).parent / name).read_text("utf-8")


@cache
def _plotly() -> str:
    """Return plotly's script, which its Python package holds."""
    held = resources.files("plotly").joinpath("package_data/plotly.min.js")
    return in_parentheses(held.read_text("utf-8"))


def in_parentheses(script: str) -> str:
    """Return plotly's script with its outermost function in parentheses.

    Chromium then compiles the function where it first meets it. Otherwise it reads the
    4.6 MB twice, which takes 0.2 s: the first time only to find the function's end.
    """
    start, end = ": this, () => {", "\n}));"
    head, _, body = script.partition(start)
    body = body.rstrip()
    if not body.endswith(end):  # of another version, which works as it is
        return script
    return f"{head}: this, (() => {{{body.removesuffix(end)}\n}})));\n"
