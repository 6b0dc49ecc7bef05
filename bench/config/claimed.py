"""Find keys of a config that a factory has as arguments too."""

from collections.abc import Iterator, Mapping
from typing import Any

import factories

from .oracle import DEFAULTS, OWN
from .positions import Path
from .schema import Entry

Fault = tuple[Path, str]


def claimed(entry: Entry, factory: Any) -> Iterator[Fault]:
    """Yield each key that means something to the config and to the entry's factory.

    `batch = 16` is the batch of a trial. If the factory has an argument `batch` too, it
    must be stated in the entry's `settings`.

    Args:
        entry: An entry of a config.
        factory: Its factory.
    """
    own = entry.settings.get(OWN, {})
    if not isinstance(own, dict):
        yield (OWN,), f": takes a table of the factory's settings, not {own!r}"
        return
    given = entry.model_fields_set | {*entry.settings} | {*entry.grid}
    for key in sorted(own.keys() & (given - keys(entry))):
        yield (OWN, key), f': is stated in "{OWN}" and beside it'
    for key, default in factories.defaults(factory).items():
        stated = key in given and key != "name"
        if key in keys(entry) - own.keys() and (stated or default is ...):
            path = ("grid", key) if key in entry.grid else (key,)
            yield path, _claims(entry, key)


def _claims(entry: Entry, key: str) -> str:
    value = entry.settings.get(key, getattr(entry, key, None))
    shown = value if isinstance(value, int | float) and key != "name" else "..."
    return (
        f": is a key of the config, and {entry.name} has an argument of that name, "
        f"which {OWN} = {{ {key} = {shown} }} sets"
    )


def keys(entry: Entry) -> set[str]:
    """Return the keys of an entry that are not settings of its factory."""
    return {*type(entry).model_fields, *DEFAULTS, OWN}


def place(settings: Mapping[str, Any], key: str) -> Path:
    """Return the path of a setting within an entry."""
    stated = tuple(int(k) if k.isdigit() else k for k in key.split("."))
    own = settings.get(OWN)
    return (OWN, *stated) if isinstance(own, dict) and stated[0] in own else stated
