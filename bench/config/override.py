"""`--set budget.steps=100` and `--only optimizer=adam`."""

import re
import tomllib
from collections.abc import Iterable
from typing import Any

from factories import nearest

from ..core.errors import ConfigError
from .positions import Path
from .schema import Config, Entry

_BARE = re.compile(r"[A-Za-z_][\w.:/-]*")
_KINDS = {"optimizer": "optimizers", "problem": "problems"}


def parse(text: str) -> tuple[Path, Any]:
    """Read `dotted.key=value`; the value is TOML, or a bare word for a string.

    Raises:
        ConfigError: There is no key, or the value is not TOML.
    """
    key, equals, value = text.partition("=")
    keys = [part.strip() for part in key.split(".")]
    if not equals or not all(keys):
        raise ConfigError(f"--set {text}: write it as key=value")
    path = tuple(int(k) if k.isascii() and k.isdigit() else k for k in keys)
    return path, _value(text, value.strip())


def _value(text: str, value: str) -> Any:
    try:
        return tomllib.loads(f"value = {value}\n")["value"]
    except (ValueError, RecursionError) as error:
        if _BARE.fullmatch(value):
            return value
        raise ConfigError(f"--set {text}: the value is not TOML") from error


def put(plain: dict[str, Any], text: str) -> Path:
    """Put one `--set` into a config's plain tables and return its path.

    Raises:
        ConfigError: An entry is not there, or a value stands in the way.
    """
    path, value = parse(text)
    inside: Any = plain
    for key in path[:-1]:
        inside = _step(inside, key, text)
    if isinstance(inside, list):
        inside[_within(inside, path[-1], text)] = value
    elif isinstance(inside, dict):
        inside[str(path[-1])] = value
    else:
        raise ConfigError(f"--set {text}: there is no table to put it into")
    return path


def _step(inside: Any, key: str | int, text: str) -> Any:
    if isinstance(inside, dict):
        return inside.setdefault(str(key), {})
    if isinstance(inside, list):
        return inside[_within(inside, key, text)]
    raise ConfigError(f'--set {text}: "{key}" is inside a value, not a table')


def _within(entries: list[Any], key: str | int, text: str) -> int:
    if isinstance(key, int) and key < len(entries):
        return key
    there = f"0 to {len(entries) - 1}" if entries else "none"
    raise ConfigError(f'--set {text}: there is no entry "{key}" (there: {there})')


def only(config: Config, choices: Iterable[str]) -> Config:
    """Keep the chosen problems and optimizers, each by its label or name.

    Several choices of one kind add up.

    Raises:
        ConfigError: A choice is none of the config's; the nearest is named.
    """
    kept: dict[str, list[Entry]] = {}
    for choice in choices:
        kind, _, word = choice.partition("=")
        if kind not in _KINDS or not word:
            raise ConfigError(
                f"--only {choice}: write it as optimizer=NAME or problem=NAME"
            )
        entries: list[Entry] = getattr(config, _KINDS[kind])
        matches = [entry for entry in entries if word in (entry.label, entry.name)]
        if not matches:
            words = [w for entry in entries for w in (entry.label, entry.name) if w]
            hint = nearest(word, words)
            raise ConfigError(f"--only {choice}: the config has no such {kind}.{hint}")
        kept.setdefault(_KINDS[kind], []).extend(matches)
    ordered = {
        kind: [entry for entry in getattr(config, kind) if entry in entries]
        for kind, entries in kept.items()
    }
    return config.model_copy(update=ordered)
