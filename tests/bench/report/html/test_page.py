"""The page: one file, the same every time, whose labels are never markup."""

import json
import re
from html.parser import HTMLParser
from importlib import resources

import pytest

from bench.core.errors import StoreError
from bench.report.groups import Results
from bench.report.html import page, write
from bench.report.html.contents import contents
from bench.report.html.kept import with_trials
from bench.report.html.page import for_script, in_parentheses
from bench.report.tables.summary import Tables
from bench.store import made
from bench.store.run import load

from ...hostile import LABELS
from ...synthetic_run import Course, Racer, remove, write_run

NASTY = (
    *('<script>alert("x")</script>', "</script><img src=x onerror=alert(1)>"),
    *("<!--", "'\"&amp;", "\u202eright to left", "\u05e9\u05dc\u05d5\u05dd", *LABELS),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    racers = [Racer(label, 0.5 + i / 100) for i, label in enumerate(NASTY)]
    courses = [Course("bowl", steps=20), Course("</script><b>bold</b>", steps=20)]
    return write_run(tmp_path_factory.mktemp("page"), courses, racers, seeds=2)


@pytest.fixture(scope="module")
def text(folder):
    return page([load(folder)])


class Elements(HTMLParser):
    """Collects the elements of a page, and the text of those with an id."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.texts, self._id = [], [], {}, None

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        self._id = dict(attrs).get("id")

    def handle_data(self, data):
        if self._id:
            self.texts[self._id] = self.texts.get(self._id, "") + data

    def handle_endtag(self, tag):
        self._id = None


def read(text):
    elements = Elements()
    elements.feed(text)
    return elements


def test_labels_are_text(text):
    elements = read(text)
    assert not {"img", "b", "iframe"} & set(elements.tags)
    plain = json.loads(elements.texts["report-data"])
    names = [optimizer["name"] for optimizer in plain["optimizers"]]
    assert set(NASTY) <= set(names)


def test_the_data_cannot_end_its_element():
    made = for_script({"a": "</script><!--<script>", "b": float("inf"), "c": "\u2028"})
    assert not set("<>&\u2028") & set(made)
    assert json.loads(made) == {"a": "</script><!--<script>", "b": None, "c": "\u2028"}


def test_nothing_is_asked_of_a_network(text):
    elements = read(text)
    links = {
        name: value for name, value in elements.attributes if name in ("src", "href")
    }
    assert all(value.startswith(("#", "data:")) for value in links.values())
    policy = [value for name, value in elements.attributes if name == "content"]
    assert any(value.startswith("default-src 'none';") for value in policy)


def test_the_same_files_give_the_same_page(folder, text):
    assert page([load(folder)]) == text


def test_the_page_says_neither_when_nor_where(folder, text):
    own = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    assert str(folder.parent) not in own


def test_the_default_place_is_the_run_folder(folder, text, tmp_path):
    run = load(folder)
    assert write([run]) == folder / "report.html"
    assert (folder / "report.html").read_text() == text
    assert write([run], tmp_path / "new" / "x.html").read_text() == text
    with pytest.raises(StoreError, match="a folder; name the file"):
        write([run], tmp_path)


def test_a_page_of_more_trials_is_kept(tmp_path):
    folder = write_run(tmp_path / "run", [Course(steps=5)], [Racer("a", 0.5)], seeds=2)
    before = write([load(folder)]).read_text()
    remove(folder, load(folder).records[0].key)
    with pytest.raises(StoreError, match="made from 2 trials, of which 1"):
        write([load(folder)])
    assert (folder / "report.html").read_text() == before


def test_tables_alone_make_a_page_of_their_costs(tmp_path):
    run = load(write_run(tmp_path / "run", [Course(steps=30)], [Racer("a", 0.5)]))
    tables = Tables(Results(run))
    made.keep(run, tmp_path / "kept", tables.contents())
    kept = load(tmp_path / "kept")
    with pytest.raises(StoreError, match="name a file with --out"):
        write([kept])
    shown, whole = (contents([r]).plain for r in (with_trials(kept), run))
    assert [t["targets"] for t in shown["trials"]] == [
        [{k: v for k, v in row.items() if k != "measured"} for row in t["targets"]]
        for t in whole["trials"]
    ]
    assert len(page([kept])) > 1000


def test_plotlys_function_is_in_parentheses():
    held = resources.files("plotly").joinpath("package_data/plotly.min.js")
    script = held.read_text("utf-8")
    assert len(in_parentheses(script)) in (len(script) + 2, len(script) + 3)
    assert in_parentheses(script).replace("(() => {", "() => {", 1) != script
    assert in_parentheses("another script") == "another script"
