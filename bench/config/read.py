"""Read a config: TOML, checked by the schema and the registries."""

import tomllib
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path as File
from typing import Any

import click

from factories import nearest, taken_from

from ..core.errors import ConfigError, cannot
from ..core.text import one_line
from .check import Fault, combinations, refusals, shape
from .edits import put
from .horizon import with_steps
from .positions import Path, lines
from .schema import Config, Entry
from .sets import Expanded, expanded

_TOML = {
    "Cannot overwrite a value": "{} is given twice",
    "Illegal character '\\n'": "{}: the text has no closing quote",
    "Invalid value": "{}: not a value of TOML; text stands in quotes",
}
"""Clearer words for some of tomllib's, with the key."""
_OTHERS = (".py", ".yaml", ".yml", ".json")
"""Suffixes of files that are no configs."""
_MOST_NAMED = 12
"""Names of entries that an error lists."""
_KINDS = {"optimizer": "optimizers", "problem": "problems"}


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
            words = f"the config has no such {kind}.{_there(word, entries)}"
            raise ConfigError(f"--only {choice}: {words}")
        kept.setdefault(_KINDS[kind], []).extend(matches)
    ordered = {
        kind: [entry for entry in getattr(config, kind) if entry in entries]
        for kind, entries in kept.items()
    }
    return config.model_copy(update=ordered)


def _there(word: str, entries: Sequence[Entry]) -> str:
    """Return which entries there are, the nearest first."""
    names = dict.fromkeys(w for e in entries for w in (e.label, e.name) if w)
    listed = get_close_matches(word, list(names), _MOST_NAMED, cutoff=0)
    more = len(names) - len(listed)
    rest = f" and {more} more" if more else ""
    return f"{nearest(word, names)} It has {', '.join(listed)}{rest}"


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

    Paths in it are taken from its own folder. Those that are in the working directory
    only are named on stderr.

    Raises:
        StoreError: The file cannot be read.
        ConfigError: One line for each thing that is wrong, with its place.
    """
    with taken_from(file.parent) as elsewhere:
        config = checked(_text(file), file, sets, chosen, quick)
    if elsewhere:
        names = ", ".join(elsewhere)
        words = f"{file}: taken from the working directory, not from beside it: {names}"
        click.echo(one_line(words), err=True)
    return config


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
    if quick:
        small, kept = _quick(file, plain)
        sets, chosen = [*small, *sets], [*chosen] or kept
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


def _quick(file: File, plain: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Return the items of the config's quick size: of `--set`, and of `--only`."""
    items = plain.get("quick")
    if not isinstance(items, list) or not all(isinstance(s, str) for s in items):
        raise ConfigError(
            f'{file}: states no quick size, such as quick = ["problems.0.rows=1000"]'
        )
    kept = [item for item in items if item.partition("=")[0] in _KINDS]
    return [item for item in items if item not in kept], kept


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
        if file.suffix in _OTHERS:
            words = f"{words}; a config is a TOML file"
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
