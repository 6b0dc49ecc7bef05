"""Read a config: TOML, checked by the schema and the registries."""

import re
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path as File
from typing import Any

from factories import nearest

from ..core.errors import ConfigError, cannot
from .check import Fault, combinations, refusals, shape
from .horizon import with_steps
from .positions import Path, lines
from .schema import Config, Entry
from .sets import Expanded, expanded

_BARE = re.compile(r"[A-Za-z_][\w.:/-]*")
_TOML = {
    "Cannot overwrite a value": "{} is given twice",
    "Illegal character '\\n'": "{}: the text has no closing quote",
    "Invalid value": "{}: not a value of TOML; text stands in quotes",
}
"""Clearer words for some of tomllib's, with the key."""
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
    """Apply one `--set` to a config's plain tables and return its path.

    Raises:
        ConfigError: An entry does not exist, or the path goes through a value.
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
        raise ConfigError(f"--set {text}: there is no such table")
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

    Several choices of one kind are combined.

    Raises:
        ConfigError: The config has no such choice; the nearest is named.
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


def read(
    file: File,
    sets: Sequence[str] = (),
    chosen: Sequence[str] = (),
    quick: bool = False,
) -> Config:
    """Read and check a config.

    Args:
        file: A TOML file.
        sets: `dotted.key=value`, each replacing a value of the file.
        chosen: `optimizer=NAME` or `problem=NAME`: what to keep.
        quick: At the quick size that the config states.

    Raises:
        StoreError: The file cannot be read.
        ConfigError: One line for each thing that is wrong, with its place.
    """
    return checked(_text(file), file, sets, chosen, quick)


def checked(
    text: str,
    file: File = File("config"),
    sets: Sequence[str] = (),
    chosen: Sequence[str] = (),
    quick: bool = False,
) -> Config:
    """Check a config's text.

    Args:
        text: TOML.
        file: The name in errors.
        sets, chosen, quick: As in `read`.

    Raises:
        ConfigError: One line for each thing that is wrong, with its place.
    """
    plain = _parse(file, text)
    sets = [*(_quick(file, plain) if quick else ()), *sets]
    paths = [put(plain, words) for words in sets]
    whole = expanded(plain)
    config, faults = (None, whole.faults) if whole.faults else _config(whole)
    if config is None or faults:
        places = Places(file, lines(text), dict(zip(paths, sets, strict=True)))
        ordered = sorted(faults, key=lambda fault: places.number(fault[0]))
        raise ConfigError(places.line(*fault) for fault in ordered)
    if quick:  # a separate run, in a separate folder
        config = config.model_copy(update={"name": f"{config.name}-quick"})
    return only(config, chosen)


def _config(whole: Expanded) -> tuple[Config | None, list[Fault]]:
    """Return the config of tables without sets, or what is wrong in the file."""
    config, faults = shape(whole.plain)
    if config is not None:
        config, faults = with_steps(config)
        faults = faults or list(combinations(config))
        faults = faults or list(refusals(config, whole.places))
    return config, whole.stated(faults)


def from_tables(plain: dict[str, Any]) -> tuple[Config | None, list[Fault]]:
    """Check a config that is in no file, and return it, or what is wrong.

    Args:
        plain: Its tables, without sets.
    """
    return _config(Expanded(plain, list(range(len(plain["problems"]))), []))


def _quick(file: File, plain: dict[str, Any]) -> list[str]:
    """Return the `--set` items of the config's quick size."""
    sets = plain.get("quick")
    if not isinstance(sets, list) or not all(isinstance(s, str) for s in sets):
        raise ConfigError(
            f'{file}: states no quick size, such as quick = ["problems.0.rows=1000"]'
        )
    return sets


def _text(file: File) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise cannot("read", file, error) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(f"{file}:{line}: not UTF-8 text") from error


def _parse(file: File, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        words, _, place = str(error).partition(" (at ")
        number = place.removeprefix("line ").partition(",")[0]
        line = int(number) if number.isdigit() else text.count("\n") + 1
        if words in _TOML:
            words = _TOML[words].format(_key_on(text, line))
        raise ConfigError(f"{file}:{line}: {words}") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{file}:1: cannot be read: {error}") from error


def _key_on(text: str, line: int) -> str:
    return text.splitlines()[line - 1].partition("=")[0].strip(" []")


class Places:
    """The place of each key: a line of the file, or a `--set`."""

    def __init__(self, file: File, lines: dict[Path, int], sets: dict[Path, str]):
        self.file = file
        self.lines = lines
        self.sets = sets

    def line(self, path: Path, words: str) -> str:
        """Return an error as one line: place, dotted key, message."""
        key = ".".join(map(str, path))
        return (
            f"{self.place(path)}: {key}{words}"
            if key
            else (f"{self.place(path)}{words}")
        )

    def place(self, path: Path) -> str:
        """Return the place of a key, or of the nearest table around it."""
        known = self._known(path)
        if known in self.sets:
            return f"--set {self.sets[known]}"
        return f"{self.file}:{self.number(path)}"

    def number(self, path: Path) -> int:
        """Return the line of a key, or of the nearest table around it."""
        return self.lines.get(self._known(path), 1)

    def _known(self, path: Path) -> Path:
        while path and path not in self.sets and path not in self.lines:
            path = path[:-1]
        return path
