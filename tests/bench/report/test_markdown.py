"""Tables in Markdown as HTML, in which labels are text."""

from html.parser import HTMLParser

import pytest

from bench.report.format import Table, markdown
from bench.report.markdown import html

from ..hostile import LABELS

MARKUP = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[a link](javascript:alert(1))",
    "[a link](http://elsewhere)",
    "![a picture](http://elsewhere)",
    "<http://elsewhere>",
    "[x]: http://elsewhere",
    "http://elsewhere",
    "a \" quote ' and & and &lt;b&gt;",
)
OURS = {"h2", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "p"}


class Seen(HTMLParser):
    """The tags of a page, and its cells and notes as text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        if tag in ("th", "td", "li", "h2"):
            self.texts.append("")

    def handle_data(self, data):
        if self.texts:
            self.texts[-1] += data


@pytest.mark.parametrize(
    "label", [*MARKUP, *(x for x in LABELS if x.isprintable() and x.strip())]
)
def test_a_label_is_text_wherever_it_stands(label):
    table = Table("title", ("column", label), (("first", label),), (f"note: {label}",))
    seen = Seen(html(markdown(table)).body)
    assert seen.tags <= OURS
    shown = " ".join(label.split())
    expected = ["title", "column", shown, "first", shown, f"note: {shown}"]
    assert [" ".join(text.split()) for text in seen.texts] == expected


def test_headings_can_be_linked_to():
    text = "\n\n".join(markdown(Table(t, ("a",), ())) for t in ("one", "two <b>*x*"))
    made = html(text)
    assert made.headings == (("section-1", "one"), ("section-2", "two <b>*x*"))
    assert '<h2 id="section-2">two &lt;b&gt;*x*</h2>' in made.body


def test_what_looks_like_a_link_or_a_picture_is_shown_as_it_is_written():
    text = "[a](http://b) <http://c> ![d](http://e) <b>\n\n- [x]: http://elsewhere\n"
    seen = Seen(html(text).body)
    assert seen.tags == {"p", "ul", "li"}
    assert seen.texts == ["[x]: http://elsewhere\n\n"]
