"""What a step needs besides time: memory, and the work of the optimizer's own."""

from dataclasses import dataclass
from typing import Any, NamedTuple


@dataclass(frozen=True)
class Footprint:
    """Memory and work of one step, from the compiled program and the arrays' shapes.

    None where XLA's analysis has no number.

    Attributes:
        state_bytes: Of the optimizer's state between two steps.
        params_bytes: Of the params.
        argument_bytes: Of all that a program holds: the problem's data, params, state,
            and the harness's log of `clock.ROWS` rows.
        temporary_bytes: That a program needs while it runs, activations among them.
        update_flops: XLA's count for the optimizer's update alone, without the calls
            of the objective; the body of a loop is counted once, and a library's
            routine, such as a factorisation, is not.
        update_bytes: The least that the update moves: gradient, state and params are
            read, state and params written.
        exchanged_bytes: That a device sends to the others in a step, each branch and
            the body of each inner loop counted once; 0 for a single device.
    """

    state_bytes: int
    params_bytes: int
    argument_bytes: int | None = None
    temporary_bytes: int | None = None
    update_flops: float | None = None
    update_bytes: int | None = None
    exchanged_bytes: int | None = 0

    @property
    def state_per_parameter(self) -> float:
        """Return the bytes of state for each byte of the params."""
        return self.state_bytes / self.params_bytes


class Measure(NamedTuple):
    """A number of a footprint.

    Attributes:
        name: Of its column.
        words: In headings of tables.
        axis: The label of a plot's axis, with the unit.
        unit: Of its numbers in tables.
    """

    name: str
    words: str
    axis: str
    unit: str

    def of(self, footprint: Footprint | None) -> Any:
        """Return the number; nan if it is not known."""
        value = None if footprint is None else getattr(footprint, self.name)
        return float("nan") if value is None else value


MEASURES = (
    Measure("state_bytes", "state", "optimizer's state (bytes)", "B"),
    Measure("state_per_parameter", "state / params", "state over params (bytes)", ""),
    Measure("temporary_bytes", "temporaries", "temporaries of a step (bytes)", "B"),
    Measure("argument_bytes", "arguments", "arguments of a step (bytes)", "B"),
    Measure("update_flops", "FLOPs of update", "FLOPs of one update", "FLOP"),
    Measure("update_bytes", "bytes of update", "bytes of one update", "B"),
)
"""One row for each column of the summary."""
