"""Labels as text: in file names, and escaped for what shows them."""

import codecs
import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

_UNSAFE = re.compile(r"[^A-Za-z0-9._+=]+")
_LONGEST = 60
_HASH = 8
# Controls, line separators and lone surrogates, and the marks that reverse a line.
_CONTROLS = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
# What Markdown and GitHub's formulas take for markup; no `_` within a word.
_MARKDOWN = re.compile(
    r"[`*|$~]|\\(?=[!-/:-@\[-`{-~])|<(?=[A-Za-z/!?])|&(?=#?\w+;)|\](?=\()"
    r"|(?<![^\W_])_|_(?![^\W_])|^[#>+-](?=[\s#])"
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
# The characters of the project's own texts that an encoding may lack.
_PLAIN = {
    **dict(zip("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−–—", "-0123456789---", strict=True)),
    "→": "->",
    "µ": "u",
    "≤": "<=",
    "≥": ">=",
    "∞": "inf",
    "…": "...",
    "×": "x",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
    "│": "|",
    "━": "-",
    "─": "-",
}


def file_word(text: str, longest: int = _LONGEST) -> str:
    """Return the letters, digits and `._+=` of a text, other runs of it as `_`.

    Accents are left out. The result may be empty, and two texts may have the same.
    """
    bare = unicodedata.normalize("NFKD", text)
    marks = "".join(char for char in bare if not unicodedata.combining(char))
    return _UNSAFE.sub("_", marks).strip("._")[:longest].rstrip("._")


def file_names(labels: Iterable[str], empty: str = "problem") -> dict[str, str]:
    """Return a file name for each label: short, readable and unique among them.

    A label without words, or whose words another label has too (also in another case,
    which some file systems do not tell apart), gets the hash of itself.

    Args:
        labels: Any texts; repeated ones count once.
        empty: The words of a label that has none.

    Returns:
        By label a name of letters, digits and `._+=`, and `-` before a hash.
    """
    words = {label: file_word(label) for label in labels}
    shared = Counter(word.casefold() for word in words.values())
    return {
        label: word
        if word and shared[word.casefold()] == 1
        else f"{word or empty}-{hashlib.sha256(label.encode()).hexdigest()[:_HASH]}"
        for label, word in words.items()
    }


def number_of(count: int, thing: str) -> str:
    """Return a number of things in words: `1 trial`, `1,680 trials`."""
    return f"{count:,} {thing}{'s' * (count != 1)}"


def one_line(text: str) -> str:
    """Return a text with control characters written as escapes: `\\n`, `\\x1b`."""
    return _CONTROLS.sub(
        lambda found: found[0].encode("unicode_escape").decode("ascii"), text
    )


def for_markdown(text: str) -> str:
    """Return a text that Markdown shows as it is written."""
    return _MARKDOWN.sub(lambda found: f"\\{found[0]}", one_line(text))


def for_csv(text: str) -> str:
    """Return a cell that a spreadsheet takes for a text and not for a formula.

    A cell that begins with `=`, `+`, `-`, `@` or `'` gets a `'` in front.
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def from_csv(cell: str) -> str:
    """Return the text of a cell that `for_csv` made."""
    return cell[1:] if cell.startswith("'") else cell


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    known = (_PLAIN.get(char) for char in missing)
    escapes = (char.encode("unicode_escape").decode("ascii") for char in missing)
    return "".join(k or e for k, e in zip(known, escapes, strict=True)), error.end


REPLACE = "gradmeter.replace"
"""The error handler of encodings that writes what they lack in ASCII."""
codecs.register_error(REPLACE, _replace)
