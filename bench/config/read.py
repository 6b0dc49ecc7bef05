"""Read a config: TOML, checked by the schema and the registries."""

import tomllib
from collections.abc import Sequence
from pathlib import Path as File
from typing import Any

from ..core.errors import ConfigError, cannot
from . import override
from .check import combinations, shape
from .check_entries import refusals
from .positions import Path, lines
from .schema import Config


def read(
    file: File,
    sets: Sequence[str] = (),
    chosen: Sequence[str] = (),
    quick: bool = False,
) -> Config:
    """Read and check a config.

    Args:
        file: A TOML file.
        sets: `dotted.key=value`, each put over what the file says.
        chosen: `optimizer=NAME` or `problem=NAME`: what to keep.
        quick: At the config's own quick size.

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
        file: What errors call it.
        sets, chosen, quick: As for `read`.

    Raises:
        ConfigError: One line for each thing that is wrong, with its place.
    """
    plain = _parse(file, text)
    sets = [*(_quick(file, plain) if quick else ()), *sets]
    paths = [override.put(plain, words) for words in sets]
    places = Places(file, lines(text), dict(zip(paths, sets, strict=True)))
    config, faults = shape(plain)
    if config is not None:
        faults = list(combinations(config)) or list(refusals(config))
    if config is None or faults:
        ordered = sorted(faults, key=lambda fault: places.number(fault[0]))
        raise ConfigError(places.line(*fault) for fault in ordered)
    if quick:  # a run of its own, in a folder of its own
        config = config.model_copy(update={"name": f"{config.name}-quick"})
    return override.only(config, chosen)


def _quick(file: File, plain: dict[str, Any]) -> list[str]:
    """Return what the config puts over its values to be quick."""
    sets = plain.get("quick")
    if not isinstance(sets, list) or not all(isinstance(s, str) for s in sets):
        raise ConfigError(
            f'{file}: states no quick size: quick = ["problems.0.rows=1000"], say'
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
        if words == "Cannot overwrite a value":
            words = f"{_key_on(text, line)} is given twice"
        raise ConfigError(f"{file}:{line}: {words}") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{file}:1: cannot be read: {error}") from error


def _key_on(text: str, line: int) -> str:
    return text.splitlines()[line - 1].partition("=")[0].strip(" []")


class Places:
    """Where each key stands: on a line of the file, or in a `--set`."""

    def __init__(self, file: File, lines: dict[Path, int], sets: dict[Path, str]):
        self.file = file
        self.lines = lines
        self.sets = sets

    def line(self, path: Path, words: str) -> str:
        """Return a fault as one line: place, dotted key, words."""
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
