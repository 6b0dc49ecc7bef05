"""What a Dask worker must have in common with the executor that sends it jobs."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from socket import gethostname

from factories import folder, taken_from

from ..config.fingerprint import fingerprint
from ..core.errors import BenchError
from ..core.spec import Named, Spec
from ..store import environment
from ..store.environment import Device


@dataclass(frozen=True)
class Origin:
    """An executor that sends jobs, and what a worker must have in common with it.

    Attributes:
        run: Shared by the executors of one process.
        executor: Its own name, which no other has.
        software: Versions by package, and XLA's flags.
        device: Of its trials.
        devices: How many of them a trial needs.
        host: Its machine's name; there a checkout may be committed to meanwhile.
        working: The working directory.
        paths: The config's folder; see `factories.taken_from`.
        own: Factories with files, each with a fingerprint of the files.
    """

    run: str
    executor: str
    software: Mapping[str, str]
    device: Device
    devices: int
    host: str
    working: str
    paths: str
    own: Sequence[tuple[Named, str]]

    @classmethod
    def here(
        cls, run: str, executor: str, platform: str, specs: Sequence[Spec]
    ) -> "Origin":
        """Return the origin of jobs that this process sends.

        Args:
            run, executor: As above.
            platform: `cpu`, `gpu` or `tpu`.
            specs: Of the jobs.
        """
        parts = (named for spec in specs for named in (spec.problem, spec.optimizer))
        each = {repr(named): named for named in parts}
        found = [
            (named, fingerprint(named.name, named.settings)) for named in each.values()
        ]
        own = [(named, digest) for named, digest in found if digest]
        devices = device(platform), max(spec.devices for spec in specs)
        place = gethostname(), os.getcwd(), folder()
        return cls(run, executor, software(), *devices, *place, own)


@cache
def software() -> dict[str, str]:
    """Return what must be the same in all processes of a run."""
    flags = os.environ.get("XLA_FLAGS", "")
    return environment.versions() | {"XLA_FLAGS": flags}


@cache
def device(platform: str) -> Device:
    """Return the device of trials that run on this machine.

    Raises:
        BenchError: There is none.
    """
    return environment.find(platform)


@cache
def enough(devices: int, platform: str) -> int:
    """Return a number of devices that this machine has.

    Raises:
        DeviceMissing: There are fewer.
    """
    return environment.devices(devices, platform)


@cache
def programs() -> str:
    """Return the name of the folder in which trials here keep programs; empty if none.

    Machines that share the folder return the same.
    """
    from ..measurement import cache as kept

    kept.turn_on()
    return kept.name()


def differing(origin: Origin) -> str:
    """Return in what this process differs from the origin of jobs; empty if in none."""
    return _other_software(origin) or _other_device(origin) or _other_files(origin)


def _other_software(origin: Origin) -> str:
    here = software()
    free = {"git"} if "git" not in here or origin.host == gethostname() else set()
    return "; ".join(
        f"{name} {here.get(name, 'missing')} there, {value} here"
        for name, value in origin.software.items()
        if here.get(name) != value and name not in free
    )


def _other_device(origin: Origin) -> str:
    wanted = origin.device
    try:
        there = device(wanted.platform)
        enough(origin.devices, wanted.platform)
    except BenchError as error:
        return " ".join(error.lines)
    return "" if there == wanted else f"device {there.kind} there, {wanted.kind} here"


def _other_files(origin: Origin) -> str:
    with taken_from(origin.paths):
        names = [named.name for named, digest in origin.own if _found(named) != digest]
    if not names:
        return ""
    files = f'the files of "{names[0]}"'
    return f"{files} are missing there, or are not those that are here"


def _found(named: Named) -> str:
    try:
        return fingerprint(named.name, named.settings)
    except OSError:
        return ""
