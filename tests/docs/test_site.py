"""The site of the documentation: every page has a place in it, and asks no network."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def site():
    """Return the settings of the site."""
    yaml = pytest.importorskip("yaml")
    return yaml.safe_load((ROOT / "mkdocs.yml").read_text())


def listed(nav):
    """Yield the pages of a part of the navigation."""
    for entry in nav:
        if isinstance(entry, str):
            yield entry
        else:
            for inside in entry.values():
                yield from [inside] if isinstance(inside, str) else listed(inside)


def test_every_page_and_every_notebook_is_in_the_navigation_once():
    pages = [path.name for path in (ROOT / "docs").glob("*.md")]
    pages += [f"{path.stem}.md" for path in (ROOT / "docs").glob("*.ipynb")]
    assert sorted(listed(site()["nav"])) == sorted(pages)


def test_no_font_and_no_script_comes_from_elsewhere():
    assert site()["theme"]["font"] is False
    assert not [name for name in site().get("extra_javascript", ()) if "//" in name]
