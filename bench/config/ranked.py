"""The config that compares an optimizer, or a problem, with those of another config."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from factories import nearest

from ..core.errors import ConfigError
from ..core.text import file_word
from .check import Fault
from .edits import parse
from .read import from_tables
from .schema import Config
from .untimed import UNTIMED_SECONDS

Table = dict[str, Any]
_KINDS = ("problems", "optimizers")
FIELD = "name"
"""The key of a `--set` that chooses what to compare with."""


class Ranked(NamedTuple):
    """A config made from another one.

    Attributes:
        config: The config.
        left_out: The problems and optimizers of the other config that this version
            does not accept, each with the reason.
    """

    config: Config
    left_out: dict[str, str]


def named(factory: str, label: str, sets: Sequence[str], taken: Iterable[str]) -> Table:
    """Return the entry of an optimizer or a problem that is given by its factory.

    Args:
        factory: Its name, as in a config.
        label: Its label; empty for the factory's own name.
        sets: `key=value`, each a setting.
        taken: Labels of others: one that is taken gets ", new" behind it.

    Raises:
        ConfigError: An item of `sets` cannot be read.
    """
    own = label or factory.rpartition(":")[2] or factory
    entry: Table = {"name": factory}
    entry["label"] = f"{own}, new" if own in set(taken) else own
    for text in sets:
        inside, (path, value) = entry, parse(text)
        for key in path[:-1]:
            inside = inside.setdefault(str(key), {})
            if not isinstance(inside, dict):
                raise ConfigError(f'--set {text}: "{key}" is no table')
        inside[str(path[-1])] = value
    return entry


def space(texts: Sequence[str]) -> dict[str, Table]:
    """Read ranges, each `learning_rate=1e-4:1`.

    Raises:
        ConfigError: One cannot be read.
    """
    found: dict[str, Table] = {}
    for text in texts:
        name, _, ends = text.partition("=")
        try:
            low, high = map(float, ends.split(":"))
        except ValueError:
            words = "write it as NAME=LOW:HIGH, such as learning_rate=1e-4:1"
            raise ConfigError(f"--space {text}: {words}") from None
        found[name.strip()] = {"low": low, "high": high}
    return found


def labels(plain: Mapping[str, Any]) -> list[str]:
    """Return the labels of a config's optimizers."""
    return [_label(entry) for entry in plain["optimizers"]]


def chosen(plain: Mapping[str, Any], names: Iterable[str], where: str) -> list[Table]:
    """Return a config's optimizers of these labels or names.

    Args:
        plain: The config.
        names: Labels or names.
        where: The config's place, in words.

    Raises:
        ConfigError: There is no such optimizer; the nearest is named.
    """
    entries: list[Table] = []
    for name in names:
        found = [e for e in plain["optimizers"] if name in (e.get("label"), e["name"])]
        if not found:
            known = {*labels(plain), *(entry["name"] for entry in plain["optimizers"])}
            hint = nearest(name, sorted(known))
            raise ConfigError(f"--against {name}: {where} has no such optimizer.{hint}")
        entries += [entry for entry in found if entry not in entries]
    return entries


def beside(
    plain: Mapping[str, Any], newcomer: Table, rivals: Sequence[Table], timed: bool
) -> Ranked:
    """Return the config that runs an optimizer as another config runs its own.

    Args:
        plain: The other config, as its run.json holds it.
        newcomer: The optimizer's entry.
        rivals: Entries of the other config that run beside it.
        timed: Whether seconds are measured.

    Raises:
        ConfigError: The entry is wrong, or no problem is left.
    """
    made = {"name": _run_name(newcomer), "optimizers": [newcomer, *rivals]}
    return _without_faulty(_based_on(plain, timed) | made, "optimizers")


def on_problem(
    plain: Mapping[str, Any], problem: Table, field: Sequence[Table], timed: bool
) -> Ranked:
    """Return the config that runs the optimizers of another config on a problem.

    Without a target the settings are chosen by the final loss. Calls limit a trial: the
    seconds of the other config are meant for problems of another size.

    Args:
        plain: The other config, as its run.json holds it.
        problem: The problem's entry; its target, if it has one, is its own.
        field: The entries of the optimizers.
        timed: Whether seconds are measured.

    Raises:
        ConfigError: The entry is wrong, or no optimizer is left.
    """
    base = _based_on(plain, timed)
    limits = base["budget"] | {"seconds": UNTIMED_SECONDS}  # those of its problems
    base["budget"] = {k: v for k, v in limits.items() if k != "target"}
    if base.get("tuning") and not problem.get("target"):
        base["tuning"] = base["tuning"] | {"criterion": "final_loss"}
    made = {"name": _run_name(problem), "problems": [problem], "optimizers": [*field]}
    return _without_faulty(base | made, "problems")


def _run_name(entry: Table) -> str:
    return f"rank-{file_word(entry['label']) or 'own'}"


def _based_on(plain: Mapping[str, Any], timed: bool) -> Table:
    """Return a config's tables as a config states them, timed or not."""
    base = {key: value for key, value in plain.items() if key != "quick"}
    base["problems"] = [_stated(entry) for entry in plain["problems"]]
    base["timed"], budget = timed, dict(plain.get("budget", {}))
    if not timed:
        budget["seconds"] = UNTIMED_SECONDS
    return base | {"budget": budget}


def _stated(entry: Table) -> Table:
    """Return a problem's entry with the key of its class, which is a word of Python."""
    renamed = {"problem_class": "class"}
    return {renamed.get(key, key): value for key, value in entry.items()}


def _without_faulty(plain: Table, own: str) -> Ranked:
    """Return a config without the entries that are wrong, but for the user's own.

    Args:
        plain: Its tables.
        own: The kind of entry of which the first is the user's.

    Raises:
        ConfigError: The user's own entry is wrong, or nothing is left.
    """
    left_out: dict[str, str] = {}
    while True:
        config, faults = from_tables(plain)
        if config is not None and not faults:
            return Ranked(config, left_out)
        faulty = {path[:2]: (path[2:], words) for path, words in reversed(faults)}
        theirs = [(kind, i) for kind in _KINDS for i in range(len(plain[kind]))]
        if not faulty.keys() <= {*theirs} - {(own, 0)}:
            raise ConfigError(_told(plain, own, faults))
        for kind in _KINDS:
            wrong = {
                i: why
                for i in range(len(plain[kind]))
                if (why := faulty.get((kind, i)))
            }
            left_out |= {_label(plain[kind][i]): _line(*wrong[i]) for i in wrong}
            plain[kind] = [e for i, e in enumerate(plain[kind]) if i not in wrong]
            if not plain[kind]:
                first = _line(*wrong[min(wrong)])
                raise ConfigError(f"none of the {kind} is accepted: {first}")


def _label(entry: Table) -> str:
    return entry.get("label") or entry["name"]


def _told(plain: Table, own: str, faults: Sequence[Fault]) -> list[str]:
    """Return a line for each fault that is the user's."""
    name = plain[own][0]["name"]
    mine = [(path[2:], words) for path, words in faults if path[:2] == (own, 0)]
    return [f"{name}: {_line(rest, words)}" for rest, words in mine] or [
        _line(path, words) for path, words in faults
    ]


def _line(path: Iterable[Any], words: str) -> str:
    """Return a fault as a text: dotted key, message."""
    key = ".".join(map(str, path))
    return f"{key}{words}".lstrip(": ")
