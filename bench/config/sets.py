"""Entries that stand for a problem set, as one entry for each of its problems."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from factories import nearest, shown

from .positions import Path

if TYPE_CHECKING:
    from problems.sets import Member, ProblemSet

Fault = tuple[Path, str]
FILTERS = ("set", "only", "except", "dimension", "class")
"""The keys by which an entry states a set and chooses from it."""


MOST_NAMED = 3
"""Problems that an error of a set names."""


class Expanded(NamedTuple):
    """A config's tables without sets.

    Attributes:
        plain: The tables.
        places: For each entry of `problems`, the index of the entry in the config.
        faults: What is wrong with the entries of sets.
    """

    plain: dict[str, Any]
    places: list[int]
    faults: list[Fault]

    def stated(self, faults: Sequence[Fault]) -> list[Fault]:
        """Return faults of the expanded tables as those of the config, each once.

        One that only some problems of a set have names them.
        """
        found: dict[Fault, list[int]] = {}
        for path, words in faults:
            place = _place(path)
            if place is not None:
                path = ("problems", self.places[place], *path[2:])
            found.setdefault((path, words), []).append(-1 if place is None else place)
        return [(path, words + self._of(at)) for (path, words), at in found.items()]

    def _of(self, places: Sequence[int]) -> str:
        """Return the problems of a set that share a fault; nothing for all of them."""
        if places[0] < 0 or len(places) == self.places.count(self.places[places[0]]):
            return ""
        labels = [self.plain["problems"][place]["label"] for place in places]
        more = f" and {len(labels) - MOST_NAMED} more" * (len(labels) > MOST_NAMED)
        return f" ({', '.join(labels[:MOST_NAMED])}{more})"


def _place(path: Path) -> int | None:
    """Return the index of the problem that a path leads into, if it leads into one."""
    match path:
        case ("problems", int(place), *_):
            return place
    return None


def expanded(plain: Mapping[str, Any]) -> Expanded:
    """Return a config's tables with an entry for each problem of each set.

    `[[problems]] set = "NAME"` stands for the set's problems that its filters leave.
    Every other key of the entry belongs to each of them; `label` comes before the
    problem's own.

    Args:
        plain: The tables of a config, not yet checked.
    """
    entries = plain.get("problems")
    if not isinstance(entries, list) or not any(map(_is_set, entries)):
        count = len(entries) if isinstance(entries, list) else 0
        return Expanded(dict(plain), list(range(count)), [])
    made: list[Any] = []
    places: list[int] = []
    faults: list[Fault] = []
    for index, entry in enumerate(entries):
        try:
            found = list(_members(entry)) if _is_set(entry) else [entry]
        except _WrongError as error:
            faults.append((("problems", index, *error.path), error.words))
            continue
        made += found
        places += [index] * len(found)
    return Expanded({**plain, "problems": made}, places, faults)


def _is_set(entry: Any) -> bool:
    return isinstance(entry, dict) and "set" in entry


class _WrongError(Exception):
    """A key of a set's entry is wrong.

    Args:
        path: Of the key in the entry.
        words: The part of an error line after the key.
    """

    def __init__(self, path: Path, words: str):
        super().__init__(words)
        self.path, self.words = path, words


def _members(entry: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield an entry for each problem of a set's entry.

    Raises:
        _WrongError: A filter is wrong, or leaves no problem.
    """
    if "name" in entry:
        raise _WrongError(("name",), ": an entry has either a name or a set")
    chosen = _set(entry)
    named = _named(chosen, entry)
    left = [m for m in named if _is_wanted(m, entry)]
    if not left:
        raise _WrongError(("set",), f' = "{chosen.name}": the filters leave no problem')
    rest = {key: value for key, value in entry.items() if key not in FILTERS}
    prefix = rest.pop("label", "")
    several = len({m.parameters for m in left if m.name == left[0].name}) > 1
    for member in left:
        words = [prefix, member.name, f"n={member.parameters}" if several else ""]
        yield {
            "name": member.problem,
            "label": " ".join(filter(None, words)),
            "class": member.kind,
            **_settings(member, rest),
            **rest,
        }


def _settings(member: "Member", rest: Mapping[str, Any]) -> dict[str, Any]:
    """Return a member's settings; without the best loss known if others change it.

    Args:
        member: The member.
        rest: The keys that the entry states for each member.
    """
    from problems import BEST_KNOWN, defaults

    tables = (rest.get(key) for key in ("grid", "settings"))
    inside = (key for table in tables if isinstance(table, dict) for key in table)
    if {*rest, *inside} & {*defaults(member.problem)}:
        return {k: x for k, x in member.settings.items() if k != BEST_KNOWN}
    return dict(member.settings)


def _set(entry: Mapping[str, Any]) -> "ProblemSet":
    from problems.sets import SETS

    name = entry["set"]
    if not isinstance(name, str) or name not in SETS:
        hint = nearest(str(name), SETS)
        raise _WrongError(("set",), f" = {shown(name)}: no set has this name.{hint}")
    return SETS[name]


def _named(chosen: "ProblemSet", entry: Mapping[str, Any]) -> "list[Member]":
    """Return the problems of the stated dimensions, less those not chosen by name."""
    dimensions = _listed(entry, "dimension", int)
    every = [m for d in dimensions or [None] for m in chosen.members(d)]
    if not every:
        stated = shown(entry["dimension"])
        known = sorted({m.parameters for m in chosen.members(None)})
        words = f': "{chosen.name}" has problems of dimension {_joined(known)}'
        raise _WrongError(("dimension",), f" = {stated}{words}")
    names = list(dict.fromkeys(m.name for m in chosen.members(None)))
    only, without = (_choice(entry, key, names) for key in ("only", "except"))
    kept = [m for m in every if not only or m.name in only]
    return [m for m in kept if m.name not in without]


def _choice(entry: Mapping[str, Any], key: str, names: Sequence[str]) -> list[str]:
    """Return the names that a filter lists.

    Raises:
        _WrongError: The set has no such problem.
    """
    listed = _listed(entry, key, str)
    for place, name in enumerate(listed):
        if name not in names:
            path = (key, place) if isinstance(entry[key], list) else (key,)
            hint = nearest(name, names)
            words = f' = "{name}": "{entry["set"]}" has no such problem.{hint}'
            raise _WrongError(path, words)
    return listed


def _is_wanted(member: "Member", entry: Mapping[str, Any]) -> bool:
    from problems.sets import CLASSES

    kinds = _listed(entry, "class", str)
    for kind in kinds:
        if kind not in CLASSES:
            hint = nearest(kind, CLASSES) or f" Classes are {_joined(CLASSES)}."
            raise _WrongError(("class",), f' = "{kind}": is no class.{hint}')
    return not kinds or member.kind in kinds


def _listed(entry: Mapping[str, Any], key: str, kind: type) -> list[Any]:
    """Return what a filter states, one value or a list of values, as a list."""
    value = entry.get(key, [])
    values = value if isinstance(value, list) else [value]
    if any(type(each) is not kind for each in values):
        wanted = {int: "a whole number", str: "a text"}[kind]
        words = f" = {shown(value)}: should be {wanted}, or a list of such"
        raise _WrongError((key,), words)
    return values


def _joined(values: Sequence[Any]) -> str:
    return ", ".join(map(str, values))
