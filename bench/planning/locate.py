"""Find the line on which each key of a TOML text stands."""

import re
import tomllib
from bisect import bisect_right

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SEPARATORS = re.compile(r"(?:[ \t\r\n,]|#[^\n]*)*")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_EQUALS = re.compile(r"[ \t]*=[ \t]*")
_WORD = re.compile(r"""[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*'""")
_SCALAR = re.compile(
    r'"""(?s:\\.|[^\\])*?"{3,5}|' + r"'''(?s:.)*?'{3,5}|"
    r'"(?:\\.|[^"\\\n])*"|' + r"'[^'\n]*'|[^,\]}\s#]+"
)


def lines(text: str) -> dict[Path, int]:
    """Map every key's path to its line.

    tomllib has no positions. It has accepted the text before this scan sees it,
    so a form unknown here costs a line number and never the message.

    Args:
        text: TOML that tomllib accepts.

    Returns:
        A path is what stands between the root and the key, an entry of an array
        being a number: `("optimizers", 0, "grid", "learning_rate", 2)`.
    """
    scan = _Scan(text)
    try:
        while scan.statement():
            pass
    except (ValueError, RecursionError):
        pass
    return scan.found


class _Scan:
    def __init__(self, text: str):
        self.text = text
        self.at = 0
        self.table: Path = ()
        self.last: dict[Path, int] = {}
        self.found: dict[Path, int] = {}
        self.ends = [m.start() for m in re.finditer("\n", text)]

    def statement(self) -> bool:
        self.take(_BLANK)
        if self.at >= len(self.text):
            return False
        self.record((), self.at)
        if self.text.startswith("[", self.at):
            self.header()
        else:
            self.pair(self.table)
        return True

    def header(self) -> None:
        start, double = self.at, self.text.startswith("[[", self.at)
        self.at += 2 if double else 1
        self.take(_BLANK)
        keys = self.keys()
        self.take(_BLANK)
        self.at += 2 if double else 1
        path = (*self.resolve(keys[:-1]), keys[-1])
        if double:
            self.last[path] = self.last.get(path, -1) + 1
        self.table = self.resolve(keys)
        self.record(path, start)
        self.record(self.table, start)

    def resolve(self, keys: Path) -> Path:
        """Turn a header's keys into a path: of an array, its last entry is meant."""
        path: Path = ()
        for key in keys:
            path = (*path, key)
            if path in self.last:
                path = (*path, self.last[path])
        return path

    def pair(self, table: Path) -> None:
        start, keys = self.at, self.keys()
        self.take(_EQUALS)
        for count in range(1, len(keys) + 1):
            self.record((*table, *keys[:count]), start)
        self.value((*table, *keys))

    def keys(self) -> Path:
        keys = [self.word()]
        while dot := _DOT.match(self.text, self.at):
            self.at = dot.end()
            keys.append(self.word())
        return tuple(keys)

    def word(self) -> str:
        word = self.take(_WORD)
        return tomllib.loads(f"word = {word}")["word"] if word[0] in "\"'" else word

    def value(self, path: Path) -> None:
        self.record(path, self.at)
        opening = self.text[self.at : self.at + 1]
        if opening not in ("[", "{"):
            self.take(_SCALAR)
            return
        self.at += 1
        count = 0
        while self.inside("]" if opening == "[" else "}"):
            if opening == "[":
                self.value((*path, count))
            else:
                self.pair(path)
            count += 1

    def inside(self, closing: str) -> bool:
        self.take(_SEPARATORS)
        if self.text.startswith(closing, self.at):
            self.at += 1
            return False
        return True

    def take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise ValueError(f"lost at {self.at}")
        self.at = match.end()
        return match.group()

    def record(self, path: Path, at: int) -> None:
        self.found.setdefault(path, bisect_right(self.ends, at - 1) + 1)
