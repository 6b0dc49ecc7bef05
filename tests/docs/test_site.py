"""The site of the documentation: every page has a place in it, and asks no network."""

from pathlib import Path

import pytest

from ..browser import PATIENCE

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


WORKER = """
addEventListener("message", ({data}) => postMessage(`${data.words} back`));
postMessage("ready");
"""
PAGE = """<body><script src="iframe-worker.js"></script><script>
window.heard = [];
const worker = new Worker("worker.js");
worker.addEventListener("message", ({data}) => heard.push(data));
worker.postMessage({words: "there and"});
</script></body>"""
HEARD = "() => window.heard.length === 2 && window.heard"


def test_a_page_that_is_a_file_has_a_worker_for_its_search(tmp_path, chromium):
    named = site()
    assert "offline" in named["plugins"]
    (script,) = named["extra"]["polyfills"]
    files = {"worker.js": WORKER, "page.html": PAGE}
    files[script] = (ROOT / "docs" / script).read_text()
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    page = chromium.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    heard = page.wait_for_function(HEARD, timeout=PATIENCE).json_value()
    page.close()
    assert sorted(heard) == ["ready", "there and back"]
