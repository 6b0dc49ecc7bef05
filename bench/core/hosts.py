"""The machines on which trials were timed: their seconds are not comparable."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from .text import number_of, one_line

CHANGING = ("megahertz", "memory_gigabytes")
"""What of a machine may change while it stays the same machine."""
_PLAIN = {
    "usable_processors": ("processors for trials", ""),
    "memory_gigabytes": ("memory", " GB"),
    "xla_threads": ("threads of XLA", ""),
    "governor": ("governor of the frequency", ""),
    "megahertz": ("frequency at the start", " MHz"),
}
"""What stands for a name of run.json, and behind its value."""
UNNAMED = "unnamed"
"""The host of a run that does not state its name."""


@dataclass(frozen=True)
class Host:
    """A machine, and the device of its trials.

    Attributes:
        machine, device: As in run.json.
    """

    machine: dict[str, Any] = field(default_factory=dict)
    device: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its name in the network."""
        return str(self.machine.get("host") or UNNAMED)

    @property
    def words(self) -> str:
        """The processor, how many of it were usable, the memory and the accelerator."""
        usable = self.machine.get("usable_processors")
        memory = self.machine.get("memory_gigabytes")
        parts = [
            self.machine.get("processor"),
            number_of(usable, "processor") if usable else None,
            f"{memory:.0f} GB" if memory else None,
            self.accelerator,
        ]
        return one_line(", ".join(str(part) for part in parts if part))

    @property
    def accelerator(self) -> str | None:
        """The kind of the device; None if that is the processor."""
        return self.device.get("kind") if self.device.get("platform") != "cpu" else None

    @property
    def facts(self) -> dict[str, str]:
        """What is known of the machine, by the names that people give it."""
        known = {name: x for name, x in self.machine.items() if x not in (None, "", {})}
        named = {n: _PLAIN.get(n, (n.replace("_", " "), "")) for n in known}
        return {named[n][0]: _words(x) + named[n][1] for n, x in known.items()}

    def is_same(self, other: "Host") -> bool:
        """Return whether both state the same machine and device."""
        return self._lasting == other._lasting

    @property
    def _lasting(self) -> tuple[dict[str, Any], dict[str, str]]:
        stated = {k: x for k, x in self.machine.items() if k not in CHANGING}
        return stated, self.device


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={inner}" for name, inner in value.items())
    return one_line(str(value))


def name_in(hosts: Mapping[str, Host], host: Host) -> str:
    """Return the name of a host among others: its own, or `name-2` if that is taken."""
    names = (f"{host.name}-{i}" if i > 1 else host.name for i in count(1))
    known = (name for name, other in hosts.items() if other.is_same(host))
    return next(known, None) or next(name for name in names if name not in hosts)
