"""The reports that a browser opens."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.report.html import page

from . import runs
from .browser import Opened, opened

Report = Callable[..., Opened]


@pytest.fixture
def report(chromium: Any, tmp_path_factory: Any) -> Iterator[Report]:
    """Return a function that opens the report of a function of `runs` for one test.

    Chromium sometimes stops to paint a page in which much was drawn: tests share none.
    """
    contexts = []

    def show(name: str, **how: Any) -> Opened:
        made = opened(chromium, _path(name, tmp_path_factory), **how)
        contexts.append(made.page.context)
        return made

    yield show
    for context in contexts:
        context.close()


@pytest.fixture(params=runs.KINDS)
def every(request: Any, report: Report) -> Opened:
    """The report of each kind of run."""
    return report(request.param)


_made: dict[str, Path] = {}


def _path(name: str, factory: Any) -> Path:
    """Return the file of a report, made once."""
    if name not in _made:
        folder = factory.mktemp(name)
        made = getattr(runs, name)(folder / "run")
        path = folder / "report.html"
        shown = made if isinstance(made, list) else [made]
        path.write_text(page(shown), "utf-8", newline="\n")
        _made[name] = path
    return _made[name]
