"""Labels in plots: characters that the font has, in lines of limited length."""

import re
import textwrap
from functools import cache

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import FT2Font

from ...core.text import one_line

FONT = "DejaVu Sans"
"""It comes with matplotlib, so that plots are the same on every machine."""
WIDTH = 34
MOST_LINES = 3
_PARTS = re.compile(r"[^._/=-]*[._/=-]+|[^._/=-]+")


def plain(text: str) -> str:
    """Return a text in one line, with escapes for what the font lacks: `\\u56de`."""
    return "".join(
        char if _font().get_char_index(ord(char)) else _escape(char)
        for char in one_line(text)
    )


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


@cache
def _font() -> FT2Font:
    return get_font(findfont(FontProperties(family=FONT)))


def wrapped(text: str, width: int = WIDTH) -> str:
    """Return a text in lines of at most `width` characters, less its middle if long."""
    return broken(shortened(text, width * MOST_LINES), width)


def broken(text: str, width: int) -> str:
    """Return a text in lines of at most `width` characters.

    A word that is longer than a line is broken after one of `._/=-` where it has one:
    `levenberg_` and `marquardt`.
    """
    return _Wrapper(width).fill(text)


class _Wrapper(textwrap.TextWrapper):
    def _split(self, text: str) -> list[str]:
        """Return the parts between which a line may end."""
        chunks = super()._split(text)
        return [part for chunk in chunks for part in self._parts(chunk)]

    def _parts(self, chunk: str) -> list[str]:
        return [chunk] if len(chunk) <= self.width else _PARTS.findall(chunk)


def shortened(text: str, most: int) -> str:
    """Return a text of at most `most` characters: its beginning, `…` and its end."""
    kept = plain(text)
    if len(kept) <= most:
        return kept
    first = (most - 1) * 2 // 3
    return f"{kept[:first]}…{kept[len(kept) - (most - 1 - first) :]}"
