"""A worker in this process: what it does is a worker's, and none has to be started."""

import json
import threading
from collections import deque
from functools import cache
from typing import Any

import pytest

from bench.execute import local, worker
from bench.execute.others import Others
from bench.measurement.runtime import Runtime

_ONE_AT_A_TIME = threading.Lock()
"""Workers side by side would share JAX's settings."""


@cache
def _runtime(platform: str) -> tuple[Runtime, Others]:
    return Runtime(platform), Others()


class InProcess:
    """Stands in for `WorkerProcess`; nothing of a job limits it or ends it."""

    ready = False

    def __init__(self, platform: str):
        self._platform, self._sent = platform, deque[dict[str, Any]]()

    def wait_until_ready(self) -> dict[str, Any]:
        """Return what a worker sends when it has opened its device."""
        self.ready = True
        runtime, _ = _runtime(self._platform)
        return {"event": "ready", "device": runtime.device.device_kind}

    def send(self, message: dict[str, Any]) -> None:
        """Do a job, and keep its messages; they pass through JSON, as between two."""
        with _ONE_AT_A_TIME:
            job = json.loads(json.dumps(message))
            worker._do(job, *_runtime(self._platform), self._keep)

    def _keep(self, event: str, **more: Any) -> None:
        self._sent.append(json.loads(json.dumps({"event": event} | more)))

    def message(self, seconds: float) -> dict[str, Any]:
        """Return the next message."""
        del seconds
        return self._sent.popleft()

    def memory(self) -> int:
        """Return nothing: it has no memory of its own."""
        return 0

    def threads(self) -> dict[int, float]:
        """Return nothing: it has no threads of its own."""
        return {}

    def kill(self) -> None:
        """Do nothing."""


def use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the runs of a test do their jobs in this process."""
    monkeypatch.setattr(local, "WorkerProcess", InProcess)
