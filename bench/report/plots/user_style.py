"""A matplotlib style file of the user's own."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl

from factories import nearest

from ...core.errors import BenchError, cannot
from .style import COLOURS, LineStyle

Style = tuple[tuple[str, str], ...]
"""Settings of matplotlib, as their texts."""
_UNQUOTED = re.compile(r'(?:[^"#]|"[^"]*")*')
"""A line up to its comment."""


def read_style(path: Path) -> Style:
    """Read a style file and check every setting.

    Raises:
        BenchError: It cannot be read, or a line is wrong; the message names it.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise cannot("read", path, error) from error
    except UnicodeDecodeError:
        raise BenchError(f"{path}: not a text in UTF-8") from None
    settings = {}
    for number, line in enumerate(lines, 1):
        found = _UNQUOTED.match(line)
        if stated := found[0].strip() if found else "":
            key, value = _setting(f"{path}:{number}", stated)
            settings[key] = value
    return tuple(settings.items())


def _setting(where: str, stated: str) -> tuple[str, str]:
    """Return key and value of a line.

    Raises:
        BenchError: matplotlib has no such setting, or not with this value.
    """
    key, colon, value = (part.strip() for part in stated.partition(":"))
    if not colon:
        raise BenchError(f"{where}: {stated}: a line is KEY: VALUE")
    if value.startswith('"') and value.endswith('"'):
        value = value[1:-1]
    if key not in mpl.rcParams:
        words = "matplotlib has no such setting"
        raise BenchError(f"{where}: {key}: {words}.{nearest(key, mpl.rcParams)}")
    try:
        checked = mpl.RcParams({key: value})
    except ValueError as error:
        raise BenchError(f"{where}: {error}") from None
    if key == "text.usetex" and checked[key]:
        words = "labels are drawn without LaTeX; --format pgf leaves them to LaTeX"
        raise BenchError(f"{where}: {key}: {words}")
    return key, value


def restyled(styles: Mapping[str, LineStyle], style: Style) -> dict[str, LineStyle]:
    """Return line styles with the colours and sizes that a style file states.

    Args:
        styles: By name.
        style: From `read_style`.
    """
    stated = mpl.RcParams(dict(style))
    sizes = {field: stated[key] for field, key in _SIZES.items() if key in stated}
    colours = dict(_colours(stated))
    return {
        name: one._replace(colour=colours.get(one.colour, one.colour), **sizes)
        for name, one in styles.items()
    }


_CYCLE: Any = "axes.prop_cycle"
_SIZES: Mapping[str, Any] = {"width": "lines.linewidth", "size": "lines.markersize"}


def _colours(stated: mpl.RcParams) -> Iterable[tuple[str, str]]:
    """Yield each of our colours with the one that stands for it."""
    cycle = stated[_CYCLE].by_key().get("color", ()) if _CYCLE in stated else ()
    for place, colour in enumerate(COLOURS if cycle else ()):
        yield colour, cycle[place % len(cycle)]
