"""The reports that a browser opens."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from bench.report.html import page

from . import runs
from .browser import Opened, opened

Report = Callable[..., Opened]
Reports = Callable[..., AbstractContextManager[Opened]]


@pytest.fixture(scope="module")
def reports(chromium: Any, tmp_path_factory: Any) -> Reports:
    """Return a function that opens the report of a function of `runs` for a while."""

    @contextmanager
    def show(name: str, **how: Any) -> Iterator[Opened]:
        made = opened(chromium, _path(name, tmp_path_factory), **how)
        yield made
        made.page.context.close()

    return show


@pytest.fixture
def report(reports: Reports) -> Iterator[Report]:
    """Return a function that opens a report for one test."""
    with ExitStack() as open_ones:
        yield lambda *what, **how: open_ones.enter_context(reports(*what, **how))


@pytest.fixture(params=runs.KINDS, scope="module")
def every(request: Any, reports: Reports) -> Iterator[Opened]:
    """The report of each kind of run."""
    with reports(request.param) as shown:
        yield shown


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
