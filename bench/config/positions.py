"""Find the line of each key of a TOML text."""

from collections.abc import Iterator
from typing import Any

import tomlkit
from tomlkit.container import Container
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Array, Comment, InlineTable, Item, Key, Table, Whitespace

Path = tuple[str | int, ...]
Position = tuple[Path, int]


def lines(text: str) -> dict[Path, int]:
    """Map every key's path to its line.

    tomllib reports no positions; tomlkit keeps every character of a text, so that the
    lines can be counted. If tomlkit refuses a text, only the line numbers are lost.

    Args:
        text: TOML that tomllib accepts.

    Returns:
        A path holds the keys from the root on, and a number for an entry of an array:
        `("optimizers", 0, "grid", "learning_rate", 2)`.
    """
    positions: dict[Path, int] = {}
    try:
        document = tomlkit.parse(text)
        for path, line in _Scan().container((), document):
            positions.setdefault(path, line)
    except (TOMLKitError, ValueError, RecursionError):
        pass
    return positions


class _Scan:
    """Goes through a document in order and counts the lines."""

    def __init__(self) -> None:
        self.line = 1

    def container(self, path: Path, container: Container) -> Iterator[Position]:
        for key, item in container.body:
            if isinstance(item, Whitespace | Comment):
                self.line += item.as_string().count("\n")
            elif key is not None:
                yield from self.item((*path, key.key), key, item)

    def item(self, path: Path, key: Key, item: Item) -> Iterator[Position]:
        if isinstance(item, AoT):
            yield path, self.line
            for index, table in enumerate(item.body):
                yield from self.table((*path, index), table)
        elif isinstance(item, Table):
            yield from self.table(path, item)
        else:
            yield path, self.line
            yield from _inside(path, item, self.line)
            self.line += _newlines(key.as_string(), item.as_string(), *_around(item))

    def table(self, path: Path, table: Table) -> Iterator[Position]:
        yield path, self.line
        if not table.is_super_table():  # a table without a header
            self.line += _newlines(*_around(table))
        yield from self.container(path, table.value)


def _inside(path: Path, item: Any, line: int) -> Iterator[Position]:
    """Yield the paths inside an array or inline table that begin on a line."""
    text = item.as_string()
    if isinstance(item, Array):
        place = 1
        for index, entry in enumerate(item):
            place = text.find(entry.as_string(), place)
            at = line + text[:place].count("\n")
            yield (*path, index), at
            yield from _inside((*path, index), entry, at)
            place += len(entry.as_string())
    elif isinstance(item, InlineTable):
        for key, value in item.value.body:
            if key is not None and not isinstance(value, Whitespace | Comment):
                yield (*path, key.key), line
                yield from _inside((*path, key.key), value, line)
    elif isinstance(item, Table):  # a dotted key inside an inline table
        for key, value in item.value.body:
            if key is not None:
                yield (*path, key.key), line
                yield from _inside((*path, key.key), value, line)


def _around(item: Item) -> tuple[str, ...]:
    trivia = item.trivia
    return trivia.indent, trivia.comment_ws, trivia.comment, trivia.trail


def _newlines(*texts: str) -> int:
    return sum(text.count("\n") for text in texts)
