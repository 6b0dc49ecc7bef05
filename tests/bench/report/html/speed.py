"""How long a report takes to be drawn, and to answer a click."""

import time
from typing import Any

DRAWN = """async () => {
    const curves = document.getElementById("curves");
    const drawn = () => curves.querySelector(".main-svg .trace");
    curves.scrollIntoView();
    while (!drawn()) await new Promise(requestAnimationFrame);
    return performance.now();
}"""
"""Milliseconds from the start of loading until curves are there."""
TOGGLE = """async (place) => {
    document.getElementById("curves").scrollIntoView();
    await new Promise((done) => setTimeout(done, 500));
    const button = document.querySelectorAll("#bar [data-optimizer]")[place];
    const start = performance.now();
    const curves = Report.panels.find((panel) => panel.id === "curves");
    button.click();
    while (curves.stale) await new Promise((done) => setTimeout(done));
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    return performance.now() - start;
}"""
"""Milliseconds from a click on an optimizer until its curves have been painted anew."""


def drawn(page: Any) -> float:
    """Return the seconds from the start of loading until curves are there."""
    return page.evaluate(DRAWN) / 1000


def toggled(page: Any, times: int = 5) -> list[float]:
    """Return the seconds that clicks on optimizers take, one after the other."""
    return [page.evaluate(TOGGLE, place) / 1000 for place in range(times)]


def seconds(work: Any) -> tuple[float, Any]:
    """Return how long some work takes, and its result."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result
