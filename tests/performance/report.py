"""Reports: how large they are, how soon they are made, drawn, and answer a click."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.store import trials

from ..bench.report.html import browser, runs, speed
from ..bench.synthetic_run import write_plan, write_prices
from ..browser import launched
from .everyday import seconds_to_answer
from .figure import Figure

MEGABYTE = 1e6
TRIALS = "1,000 trials of 1,000 rows"


def figures() -> Iterator[Figure]:
    """Yield the figures of a short run's report, then those of a large one's."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runs.quickstart(folder / "short")
        _, size = made(folder / "short")
        yield Figure.number("megabytes, a quickstart", "<= 6", size)
        write_large(folder / "large")
        took, size = made(folder / "large")
        yield Figure.number(f"megabytes, {TRIALS}", "<= 12", size)
        yield Figure.number(f"seconds to make it, {TRIALS}", "<= 5", took)
        yield from in_browser(folder / "large" / "report.html")


def made(run: Path) -> tuple[float, float]:
    """Return the seconds that a run's report takes, and its megabytes."""
    path = run / "report.html"
    took = seconds_to_answer("report", str(run), "--out", str(path), times=3)
    return took, path.stat().st_size / MEGABYTE


def write_large(folder: Path) -> None:
    """Write a run of many trials."""
    run = runs.large()
    for record in run.records:
        trials.write_trial(folder, record, run.trace(record.key).to_csv(index=False))
    write_plan(folder, run.planned)
    write_prices(folder)


def in_browser(path: Path) -> Iterator[Figure]:
    """Yield how fast a page is in a browser; nothing where there is none."""
    with launched() as chromium:
        if chromium is None:
            return
        first, answers = [], []
        for _ in range(3):
            page = browser.opened(chromium, path).page
            first.append(speed.drawn(page))
            answers += speed.toggled(page)
            page.context.close()
    name = f"seconds until it is drawn, {TRIALS}"
    yield Figure.number(name, "<= 2", float(np.median(first)))
    name = f"seconds until a click is answered, {TRIALS}"
    yield Figure.number(name, "<= 0.1", float(np.median(answers)))
