"""Replace values of a config's plain tables: `--set KEY=VALUE`."""

import re
import tomllib
from collections.abc import Sequence
from typing import Any

from ..core.errors import ConfigError
from .positions import Path

MORE = "+"
"""As a key: one more entry of a list."""
_BARE = re.compile(r"[A-Za-z_][\w.:/-]*")


def parse(text: str, option: str = "--set") -> tuple[Path, Any]:
    """Read `dotted.key=value`; the value is TOML, or a bare word for a string.

    Args:
        text: What is read.
        option: Where it was given, for errors.

    Raises:
        ConfigError: There is no key, or the value is not TOML.
    """
    key, equals, value = text.partition("=")
    keys = [part.strip() for part in key.split(".")]
    if not equals or not all(keys):
        raise ConfigError(f"{option} {text}: write it as key=value")
    path = tuple(int(k) if k.isascii() and k.isdigit() else k for k in keys)
    return path, _value(f"{option} {text}", value.strip())


def _value(place: str, value: str) -> Any:
    try:
        return tomllib.loads(f"value = {value}\n")["value"]
    except (ValueError, RecursionError) as error:
        if _BARE.fullmatch(value):
            return value
        raise ConfigError(f"{place}: the value is not TOML") from error


def put(plain: dict[str, Any], text: str) -> Path:
    """Apply one `--set` to a config's plain tables and return its path.

    In a list, `+` stands for one more entry. As in `optimizers.+.name=adam`, it is a
    new one if a `name` or a `set` follows; another key belongs to the last entry.

    Raises:
        ConfigError: An entry does not exist, or the path goes through a value.
    """
    stated, value = parse(text)
    path: list[str | int] = []
    inside: Any = plain
    for key, *rest in (stated[place:] for place in range(len(stated))):
        if isinstance(inside, list):
            place = _within(inside, key, rest[:1], text)
            path.append(place)
            inside = _put(inside, place, value, rest)
        elif isinstance(inside, dict):
            path.append(str(key))
            inside = _put(inside, str(key), value, rest)
        elif rest:
            words = f'"{key}" is inside a value, not a table'
            raise ConfigError(f"--set {text}: {words}")
        else:
            raise ConfigError(f"--set {text}: there is no such table")
    return tuple(path)


def _put(inside: Any, key: Any, value: Any, rest: Sequence[Any]) -> Any:
    """Return what is at a key of a table or list; put the value there if it ends."""
    if not rest:
        inside[key] = value
    elif isinstance(inside, dict):
        return inside.setdefault(key, [] if rest[0] == MORE else {})
    return inside[key]


def _within(
    entries: list[Any], key: str | int, following: Sequence[str | int], text: str
) -> int:
    """Return the index of an entry; `+` adds one, or leads to the last one."""
    if key == MORE:
        begins = not following or following[0] in ("name", "set")
        if begins:
            entries.append({})
        if entries:
            return len(entries) - 1
    if isinstance(key, int) and key < len(entries):
        return key
    there = f"0 to {len(entries) - 1}" if entries else "none"
    raise ConfigError(f'--set {text}: there is no entry "{key}" (there: {there})')
