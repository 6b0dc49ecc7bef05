"""One worker process: messages in, messages out, and its end when it must go."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import psutil

Message = dict[str, Any]


class WorkerProcess:
    """A worker process of this run, started when made.

    Args:
        folder: The run folder.
        platform: `cpu`, `gpu` or `tpu`.
    """

    def __init__(self, folder: Path, platform: str):
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the worker)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.execute.worker", str(folder), platform],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env=_environment(platform),
            start_new_session=True,  # a Ctrl-C is the parent's to act on
        )
        self._messages: SimpleQueue[Message | None] = SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._messages.put(json.loads(line))
        self._messages.put(None)

    def send(self, message: Message) -> None:
        """Give the worker something to do; one that is gone stays silent."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return

    def message(self, seconds: float) -> Message | None:
        """Return the next message, `{}` if there is none in time, None at the end."""
        try:
            return self._messages.get(timeout=seconds)
        except Empty:
            return {}

    def memory(self) -> int:
        """Return the bytes of memory that the worker holds."""
        try:
            return psutil.Process(self._process.pid).memory_info().rss
        except psutil.Error:
            return 0

    def how_it_ended(self) -> str:
        """Return in words how the process ended, with its last line on stderr."""
        status = self._process.wait()
        if status < 0:
            name = signal.Signals(-status).name
            ended = f"the worker process was ended by {name}"
        else:
            ended = f"the worker process exited with status {status}"
        self._stderr.seek(0)
        lines = self._stderr.read().decode(errors="replace").strip().splitlines()
        return f"{ended}: {lines[-1][:200]}" if lines else ended

    def kill(self) -> None:
        """End the process and what it started, at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._stderr.close()


def _environment(platform: str) -> dict[str, str]:
    """Restrict a worker to its platform; starting another takes seconds."""
    if platform == "cpu":
        return {**os.environ, "JAX_PLATFORMS": "cpu"}
    return dict(os.environ)
