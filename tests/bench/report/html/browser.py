"""The reports that are open in a browser."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ....browser import PATIENCE

OFTEN = 30
"""Milliseconds between two looks."""
PANELS = "() => Report.panels.filter((p) => p.section).map((p) => p.id)"
SCROLL = """(e) => e.scrollIntoView({block: "center"})"""
DRAWN = """(id) => {
    const {stale} = Report.panels.find((panel) => panel.id === id);
    return !stale && !document.querySelector(`#${id} [aria-busy]`);
}"""
SETTLED = """() => {
    const isNear = ({section}) => {
        const {top, bottom} = section.getBoundingClientRect();
        return bottom > -300 && top < innerHeight + 300;
    };
    const isShown = (panel) => panel.fixed || panel.seen || isNear(panel);
    const isDue = (panel) => panel.stale && isShown(panel);
    return !Report.panels.some(isDue) && !document.querySelector("[aria-busy], .gone");
}"""
NAMES_OF_LINES = """(id) => {
    const chart = document.querySelector(`#${id} .js-plotly-plot`);
    const seen = chart.data.filter(({opacity}) => opacity !== 0);
    return [...new Set(seen.map((trace) => trace.name))];
}"""

COLOURS = """(id) => {
    const chart = document.querySelector(`#${id} .js-plotly-plot`);
    const seen = chart.data.filter(({opacity}) => opacity !== 0);
    return seen.map((trace) => trace.line?.color).filter(Boolean);
}"""


@dataclass
class Opened:
    """A report in a browser.

    Attributes:
        page: playwright's page.
        requests: The addresses of all that it asked for.
        complaints: Errors and warnings of its console.
    """

    page: Any
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def panels(self) -> list[str]:
        """The ids of its panels, in order."""
        return self.page.evaluate(PANELS)

    def show(self, panel: str) -> Any:
        """Scroll to a panel, wait until it is drawn, and return it."""
        shown = self.page.locator(f"#{panel}")
        shown.evaluate(SCROLL)  # playwright's own waits for frames before it
        self.wait(DRAWN, panel)
        return shown

    def settle(self) -> None:
        """Wait until all that is in view is drawn, and what was hidden is gone."""
        self.wait(SETTLED)

    def wait(self, condition: str, given: Any = None) -> None:
        """Wait until a function is true, also while no frame is painted."""
        self.page.wait_for_function(condition, arg=given, polling=OFTEN)

    def lines(self, panel: str) -> list[str]:
        """Return the names of the lines seen in a panel's chart, each once."""
        return self.page.evaluate(NAMES_OF_LINES, panel)

    def colours(self, panel: str) -> set[str]:
        """Return the colours of the lines seen in a panel's chart."""
        return set(self.page.evaluate(COLOURS, panel))

    def choose(self, **changes: Any) -> None:
        """Change what is chosen."""
        self.page.evaluate("(changes) => Report.set(changes)", changes)

    def hear(self, message: Any) -> None:
        """Keep what the console says, if it complains; plotly warns with a trace."""
        if message.type in ("error", "warning", "trace"):
            self.complaints.append(message.text)


def opened(browser: Any, path: Path, **how: Any) -> Opened:
    """Open a report; there is no network.

    Args:
        browser: From `tests.browser.launched`.
        path: The report.
        **how: What playwright's `new_context` takes.
    """
    context = browser.new_context(offline=True, accept_downloads=True, **how)
    made = Opened(context.new_page())
    made.page.set_default_timeout(PATIENCE)
    made.page.on("request", lambda request: made.requests.append(request.url))
    made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
    made.page.on("console", made.hear)
    made.page.goto(path.as_uri())
    made.page.wait_for_selector("html[data-ready]")
    return made
