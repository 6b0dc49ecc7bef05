"""Tables in Markdown as HTML."""

from itertools import pairwise
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

# Tables in Markdown have no links, images or HTML: whatever looks so is a label's text.
_MARKUP = ("autolink", "html_block", "html_inline", "image", "link", "reference")
_READER = MarkdownIt("js-default").disable(_MARKUP)


class Heading(NamedTuple):
    """A heading of a text: its place in the page, and its words."""

    anchor: str
    words: str


class Html(NamedTuple):
    """A text as HTML.

    Attributes:
        body: The HTML, in which labels are text.
        headings: In order.
    """

    body: str
    headings: tuple[Heading, ...]


def html(text: str) -> Html:
    """Return a text in Markdown, as the tables of a run are, as HTML.

    Args:
        text: For example the content of summary.md.
    """
    tokens = _READER.parse(text)
    headings = []
    for token, inside in pairwise(tokens):
        if token.type == "heading_open":
            anchor = f"section-{len(headings) + 1}"
            token.attrSet("id", anchor)
            headings.append(Heading(anchor, _words(inside)))
    body = _READER.renderer.render(tokens, _READER.options, {})
    return Html(body, tuple(headings))


def _words(inline: Token) -> str:
    """Return the text of a heading without its markup."""
    return "".join(token.content for token in inline.children or ())
