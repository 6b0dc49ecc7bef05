"""Settings inside other settings by their paths: "learning_rate.peak_value"."""

from collections.abc import Mapping, Sequence
from typing import Any

from .errors import FactoryError, nearest

Settings = Mapping[str, Any]


def inside(settings: Settings, path: str) -> list[Any]:
    """Return the tables and lists on the way to a setting, the settings first.

    Args:
        settings: Of a factory; tables and lists nest.
        path: Keys, and places in lists from 0, joined by dots: "chain.1.b1".

    Raises:
        FactoryError: The path leads through what is neither a table nor a list.
    """
    way: list[Any] = [settings]
    keys = path.split(".")
    for number, key in enumerate(keys[:-1]):
        held = way[-1]
        try:
            way.append(held[int(key)] if _is_list(held) else held[key])
        except (KeyError, IndexError, ValueError):
            raise _nothing(path, held, key) from None
        if not _is_list(way[-1]) and not isinstance(way[-1], Mapping):
            stated = ".".join(keys[: number + 1])
            raise FactoryError(f'"{stated}" is {way[-1]!r} and no table', path)
    return way


def _nothing(path: str, held: Any, key: str) -> FactoryError:
    known = map(str, range(len(held))) if _is_list(held) else held
    hint = nearest(key, map(str, known))
    return FactoryError(f'there is no "{key}" in these settings.', path, hint=hint)


def stated(settings: Settings, path: str) -> Any:
    """Return the value of a setting; `...` if it is not stated.

    Raises:
        FactoryError: As `inside`.
    """
    held, key = inside(settings, path)[-1], path.rpartition(".")[2]
    if _is_list(held):
        return held[int(key)] if key.isdigit() and int(key) < len(held) else ...
    return held.get(key, ...)


def placed(settings: Settings, values: Settings) -> dict[str, Any]:
    """Return settings with some values replaced or added.

    Args:
        settings: Of a factory.
        values: By path.

    Raises:
        FactoryError: As `inside`.
    """
    new = dict(settings)
    for path, value in values.items():
        inside(new, path)
        new = _placed(new, path.split("."), value)
    return new


def _placed(held: Any, keys: Sequence[str], value: Any) -> Any:
    key, *rest = keys
    if _is_list(held):
        items = list(held)
        items[int(key)] = _placed(items[int(key)], rest, value) if rest else value
        return items
    return {**held, key: _placed(held[key], rest, value) if rest else value}


def without(settings: Settings, paths: Sequence[str]) -> dict[str, Any]:
    """Return settings without those at some paths, whether they are stated or not.

    Raises:
        FactoryError: As `inside`.
    """
    new = dict(settings)
    for path in paths:
        held, key = inside(new, path)[-1], path.rpartition(".")[2]
        kept = {k: v for k, v in held.items() if k != key}
        place = path.rpartition(".")[0]
        new = placed(new, {place: kept}) if place else kept
    return new


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)
