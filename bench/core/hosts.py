"""The machines on which trials were timed: their seconds are not comparable."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from .text import number_of, one_line

CHANGING = ("megahertz", "memory_gigabytes")
"""What of a machine may change while it stays the same machine."""
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
            self.device.get("kind") if self.device.get("platform") != "cpu" else None,
        ]
        return one_line(", ".join(str(part) for part in parts if part))

    def is_same(self, other: "Host") -> bool:
        """Return whether both state the same machine and device."""
        return self._lasting == other._lasting

    @property
    def _lasting(self) -> tuple[dict[str, Any], dict[str, str]]:
        stated = {k: x for k, x in self.machine.items() if k not in CHANGING}
        return stated, self.device


def name_in(hosts: Mapping[str, Host], host: Host) -> str:
    """Return the name of a host among others: its own, or `name-2` if that is taken."""
    names = (f"{host.name}-{i}" if i > 1 else host.name for i in count(1))
    known = (name for name, other in hosts.items() if other.is_same(host))
    return next(known, None) or next(name for name in names if name not in hosts)
