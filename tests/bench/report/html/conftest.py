"""A browser, and the reports that it opens."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.report.html import page

from . import runs
from .browser import MISSING, Opened, launched, opened

Report = Callable[..., Opened]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A headless browser; tests are skipped where there is none."""
    with launched() as browser:
        if browser is None:
            pytest.skip(MISSING)
        yield browser


@pytest.fixture(scope="module")
def report(chromium: Any, tmp_path_factory: Any) -> Iterator[Report]:
    """Return a function that opens the report of a function of `runs`."""
    contexts = []

    def show(name: str, **how: Any) -> Opened:
        made = opened(chromium, _path(name, tmp_path_factory), **how)
        contexts.append(made.page.context)
        return made

    yield show
    for context in contexts:
        context.close()


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
