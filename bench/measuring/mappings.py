"""How near a process is to the memory mappings that its system allows."""

from pathlib import Path

MOST = 0.8
"""Share of the allowed mappings from which on a process is crowded."""
_HELD = Path("/proc/self/maps")
_ALLOWED = Path("/proc/sys/vm/max_map_count")


def crowded() -> bool:
    """Return whether compiling further programs may end the process.

    XLA maps the code of a compiled program in some hundred pieces. Linux allows
    65,530 of them unless told otherwise, and the next one is a segmentation fault.
    False where the system does not say.
    """
    try:
        with _HELD.open("rb") as held:
            return sum(1 for _ in held) > MOST * int(_ALLOWED.read_text())
    except OSError:
        return False
