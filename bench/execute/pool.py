"""Executors that work side by side on jobs."""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from math import ceil
from queue import SimpleQueue
from typing import Any, NamedTuple, Self, TypeVar

import psutil

from ..store.environment import usable_processors
from .executor import Executor, Lost

Task = TypeVar("Task")
Result = TypeVar("Result")

MEMORY_OF_A_WORKER = 2**30
"""Bytes of free memory for which a worker is started."""
_END_AFTER = 0.05
"""Seconds after which a thread that has not ended is interrupted again."""


def processes(platform: str) -> int:
    """Return how many workers this machine has room for side by side.

    It is one for each core that this process may use. On an accelerator it is one, as
    a process reserves the memory of the device.

    Args:
        platform: `cpu`, `gpu` or `tpu`.
    """
    if platform != "cpu":
        return 1
    room = psutil.virtual_memory().available // MEMORY_OF_A_WORKER
    return max(1, min(len(usable_processors()), room))


class _Event(NamedTuple):
    """A task has begun, or has ended with what it returned or raised."""

    task: Any
    begun: bool = False
    result: Any = None
    error: BaseException | None = None


def _died(result: Any) -> bool:
    return isinstance(result, Lost) and (result.died or result.unknown)


class Pool:
    """Executors, one for each task that is being done; made when they are needed.

    Their workers have the settings of those that run trials, also the number of
    threads: XLA's results and programs may depend on it.

    Args:
        make: Makes an executor.
        size: The most executors.
    """

    def __init__(self, make: Callable[[], Executor], size: int):
        self._make, self._size = make, size
        self._made: list[Executor] = []
        self._threads: list[threading.Thread] = []
        self._ending = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End all workers."""
        self.close()

    def start(self, tasks: int) -> None:
        """Start the workers for a number of tasks, and return at once."""
        while len(self._made) < min(tasks, self._size):
            executor = self._make()
            self._made.append(executor)
            executor.start()

    @property
    def executor(self) -> Executor:
        """An executor for jobs of the caller's own thread."""
        self.start(1)
        return self._made[0]

    def results(
        self,
        tasks: Sequence[Task],
        work: Callable[[Executor, Task], Result],
        began: Callable[[Task], None] = lambda task: None,
        each: int = 1,
    ) -> Iterator[tuple[Task, Result]]:
        """Do tasks side by side, and yield each with its result when it has ended.

        A task that returns `Lost` because its worker died is done once more, alone: its
        neighbours may have taken the memory. The first error ends all and is raised.

        Args:
            tasks: They are begun in this order.
            work: Does a task by jobs of an executor; called in several threads.
            began: Called in the caller's thread when a task has begun.
            each: Tasks for which another worker starts.
        """
        again: list[Task] = []
        for event in self._events(tasks, work, ceil(len(tasks) / each)):
            if event.begun:
                began(event.task)
            elif _died(event.result):
                again.append(event.task)
            else:
                yield event.task, event.result
        for event in self._events(again, work, 1):
            if not event.begun:
                yield event.task, event.result

    def _events(
        self, tasks: Sequence[Any], work: Callable[[Executor, Any], Any], most: int
    ) -> Iterator[_Event]:
        waiting, events = deque(tasks), SimpleQueue[_Event]()

        def do(executor: Executor) -> None:
            while waiting and not self._ending.is_set():
                try:
                    task = waiting.popleft()
                except IndexError:  # another thread has taken the last one
                    return
                events.put(_Event(task, begun=True))
                try:
                    events.put(_Event(task, result=work(executor, task)))
                except BaseException as error:
                    events.put(_Event(task, error=error))

        self.start(min(len(tasks), most))
        if len(self._made[:most]) == 1:  # in the caller's thread, which Ctrl-C stops
            yield from _in_turn(self._made[0], tasks, work)
            return
        threads = [
            threading.Thread(target=do, args=(executor,), daemon=True)
            for executor in self._made[:most]
        ]
        self._threads += threads
        for thread in threads:
            thread.start()
        left = len(tasks)
        while left:
            event = events.get()
            if event.error is not None:
                raise event.error
            left -= not event.begun
            yield event

    def close(self) -> None:
        """End all workers, also in the middle of their jobs; new ones may be made."""
        self._ending.set()
        for thread in self._threads:
            while thread.is_alive():  # it may start a worker after each ended one
                self._end_workers()
                thread.join(_END_AFTER)
        self._end_workers()
        self._made, self._threads = [], []
        self._ending.clear()

    def _end_workers(self) -> None:
        for executor in self._made:
            executor.close()


def _in_turn(
    executor: Executor, tasks: Sequence[Any], work: Callable[[Executor, Any], Any]
) -> Iterator[_Event]:
    for task in tasks:
        yield _Event(task, begun=True)
        yield _Event(task, result=work(executor, task))
