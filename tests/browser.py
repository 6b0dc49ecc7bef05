"""A headless browser of the machine, for the tests that open pages in one."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first of them has no windows: it paints every page, whichever is in front."""
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update"),
    "--disable-sync",
)
MISSING = "no browser to open reports in: `make browser` installs one"
PATIENCE = 100_000
"""Milliseconds until something that does not happen is an error."""


@contextmanager
def launched() -> Iterator[Any]:
    """Start a browser; give None if there is none, or nothing to drive it."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        path = None
    if path is None:
        yield None
        return
    with sync_playwright() as playwright:
        launch = playwright.chromium.launch
        browser = launch(executable_path=path, args=[*FLAGS], headless=True)
        yield browser
        browser.close()
