"""Ctrl-C and `kill` both stop a run the same way: at once, keeping what was done."""

import contextlib
import signal
from collections.abc import Iterator

_STOPS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Raise KeyboardInterrupt on SIGINT and SIGTERM while inside.

    A shell starts its background jobs deaf to SIGINT; a run listens there too.
    """
    before = {stop: signal.signal(stop, _stop) for stop in _STOPS}
    try:
        yield
    finally:
        for stop, handler in before.items():
            signal.signal(stop, handler)


def _stop(number: int, frame: object) -> None:
    raise KeyboardInterrupt
