"""The key of a trial: a description, and a hash of all that determines its result."""

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..core.spec import Spec
from .oracle import DEFAULTS

_HASH = 12
_WORDS = 100
_UNSAFE = re.compile(r"[^A-Za-z0-9._+]+")


def key(spec: Spec, device_kind: str, varying: Mapping[str, Any]) -> str:
    """Return a file-name safe key of at most 113 characters.

    The description is for people. The hash covers the problem, the optimizer, the text
    of users' factory files, the contents of data files, gradient source, batch,
    budget, precision, device kind, seed and round; neither labels nor versions.

    Args:
        spec: The trial; its field `key` is ignored.
        device_kind: JAX's name of it: `cpu`, `NVIDIA H100 80GB HBM3`.
        varying: The settings from a grid, which the description names.
    """
    parts = [_short(spec.problem.name), _short(spec.optimizer.name)]
    parts += [f"{name}_{value}" for name, value in varying.items()]
    parts += [f"seed_{spec.seed}"]
    parts += [f"round_{spec.round}"] if spec.round else []
    words = "-".join(_UNSAFE.sub("_", part).strip("._") for part in parts)
    return f"{words[:_WORDS]}-{_hash(spec, device_kind)}"


def identity(key: str) -> str:
    """Return the hash in a key; two trials are the same if theirs are equal."""
    return key[-_HASH:]


def _short(name: str) -> str:
    """Return the factory's own name, without its file or module."""
    return name.rpartition(":")[2] or name


def _hash(spec: Spec, device_kind: str) -> str:
    depends = asdict(spec) | {"device_kind": device_kind}
    for name in ("key", "label", "problem_label", "family", "tuned"):
        del depends[name]
    depends["repeat"] = depends.pop("round")
    for name, default in DEFAULTS.items():
        if depends[name] == default:
            del depends[name]
    depends["files"] = sorted(_files([asdict(spec.problem), asdict(spec.optimizer)]))
    text = json.dumps(depends, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH]


def _files(plain: Any) -> Iterator[str]:
    """Yield a digest of each `file.py` of a `file.py:factory`, and of each .npy."""
    if isinstance(plain, dict):
        for value in plain.values():
            yield from _files(value)
    elif isinstance(plain, list):
        for value in plain:
            yield from _files(value)
    elif isinstance(plain, str) and ".py:" in plain:
        path = Path(plain.rpartition(":")[0])
        if path.is_file():
            yield hashlib.sha256(path.read_bytes()).hexdigest()
    elif isinstance(plain, str) and plain.endswith(".npy") and Path(plain).is_file():
        yield fingerprint(Path(plain))


WHOLE = 2**26
"""Bytes up to which a file is read completely."""
SAMPLES = 256
_SAMPLE = 4096  # bytes


def fingerprint(path: Path) -> str:
    """Return a sha256 that changes with a file's contents.

    Of a file of more than 64 MiB it covers the size, the time of the last change and
    256 evenly spaced samples of 4 KiB, first and last bytes among them.
    """
    stat = path.stat()
    return _fingerprint(path.resolve(), stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=256)  # a plan calls this for each of its trials
def _fingerprint(path: Path, size: int, changed: int) -> str:
    if size <= WHOLE:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    digest = hashlib.sha256(f"{size} {changed}".encode())
    with path.open("rb") as file:
        for sample in range(SAMPLES):
            file.seek(sample * (size - _SAMPLE) // (SAMPLES - 1), os.SEEK_SET)
            digest.update(file.read(_SAMPLE))
    return digest.hexdigest()
