"""Compiled programs kept on disk, which a later process loads without tracing them.

A program is found by a key made of all that it depends on, before it is traced: the
software, settings and processor (`surroundings`), the function and all that it reaches
(`reached`), and the structure, shapes and types of its arguments.

The key does not cover what a user's function reads from outside while it is called:
random numbers of the host, the time, variables that it reads through an installed
package, and names that another module has put into an installed package. A function
that opens a file while it is traced is not kept.

The files hold code. They are read only if they and their folder belong to this user
and nobody else can read or write them, and if their checksum is right; otherwise the
program is made anew. `GRADMETER_EXECUTABLES=0` turns all of this off, and so does
whatever turns JAX's own cache off.
"""

import contextlib
import functools
import hashlib
import os
import pickle
import re
import stat
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax
from jax.experimental import serialize_executable
from jax.experimental.compilation_cache import compilation_cache

import problems

from . import cache, devices
from .reached import UnknownError, digest
from .surroundings import device, surroundings

SETTING = "GRADMETER_EXECUTABLES"
_FORMAT = b"gradmeter executable 1\n"
_SIZE = hashlib.sha256().digest_size


def key(function: Callable, arguments: Sequence[Any], *also: Any) -> str | None:
    """Return the key of a program; None if it is not kept, as for several devices.

    Args:
        function: What is compiled.
        arguments: Its arguments, or others that determine all shapes and types.
        also: Further objects that the program depends on.
    """
    if devices.mesh() is not None:  # JAX's own cache has these
        return None
    leaves, structure = jax.tree.flatten(tuple(arguments))
    try:
        around = surroundings() if is_on() else None
        if around is None:
            return None
        shapes = [_shape(leaf) for leaf in leaves]
        return digest([around, function, structure, shapes, *also])
    except (UnknownError, TypeError, OSError):
        return None


def _shape(leaf: Any) -> str:
    aval = jax.typeof(leaf)
    return f"{aval.str_short()} {getattr(aval, 'weak_type', False)}"


def is_on() -> bool:
    """Return whether programs are kept."""
    return _folder() is not None


class Held(NamedTuple):
    """A program as it is kept.

    Attributes:
        facts: What was kept with it.
        payload: The executable.
        results: A tree of the structure of its results.
    """

    facts: Any
    payload: bytes
    results: Any

    def load(self, *arguments: Any) -> Callable | None:
        """Return the program, ready to be called with such arguments.

        None if it cannot be loaded here.
        """
        here, given = device(), jax.tree.structure((arguments, {}))
        results = jax.tree.structure(self.results)
        try:
            return serialize_executable.deserialize_and_load(
                *(self.payload, given, results),
                backend=here.client,
                execution_devices=[here],
            )
        except Exception:  # of another JAX or machine, whatever the key says
            return None


def find(key: str | None) -> Held | None:
    """Return the program that is kept under a key."""
    folder = _folder()
    if key is None or folder is None:
        return None
    content = _read(folder / key)
    if content is None or not _ready_for_lapack():
        return None
    try:
        held = Held(*pickle.loads(content))
    except Exception:  # a class of the results may be gone
        return None
    with contextlib.suppress(OSError):
        os.utime(folder / key)  # the files used least recently are removed first
    return held


def has(key: str | None) -> bool:
    """Return whether there is a file of a key, whatever it holds."""
    folder = _folder()
    return key is not None and folder is not None and (folder / key).exists()


def compiled(key: str | None, lowered: Any, facts: Any = None) -> Any:
    """Compile a program, and keep it where this platform can.

    One that is kept is not taken from JAX's cache: an executable that was loaded from
    there lacks its code when it is serialised again.

    Args:
        key: As `key` returned it before the program was traced; None not to keep it.
        lowered: The program.
        facts: What a later process needs of it, to be pickled.
    """
    folder = _folder()
    if key is None or folder is None:
        return lowered.compile()
    try:
        results = lowered.out_tree
        tree = jax.tree.unflatten(results, range(results.num_leaves))
        calls = set(_CALLS.findall(lowered.as_text()))
        ours = all(name.startswith(_LAPACK) for name in calls)
        can_keep = ours and _can_keep(tree, facts)
    except Exception:  # a class of the results that takes arrays only
        can_keep = False
    if not can_keep:
        return lowered.compile()
    with _without_cache_of_jax():
        program = lowered.compile()
    # Where this platform refuses to serialise it, or the disk is full, it is compiled
    # anew next time.
    with contextlib.suppress(Exception):
        payload = serialize_executable.serialize(program)[0]
        _write(folder / key, pickle.dumps((facts, payload, tree)))
    return program


_CALLS = re.compile(r'custom_call @"?([^\s"(]+)')
_LAPACK = "lapack_"
"""Calls out of a program that are prepared here; JAX prepares them as it lowers.

Without that they jump to nowhere. Others are not kept: those of Python hold addresses.
"""


@functools.cache
def _ready_for_lapack() -> bool:
    """Prepare JAX's calls of LAPACK; return whether that was possible."""
    try:
        from jaxlib.cpu import _lapack

        _lapack.initialize()
    except (ImportError, AttributeError):  # of another JAX: nothing is loaded
        return False
    return True


def _can_keep(*held: Any) -> bool:
    """Return whether this platform and these objects can be serialised."""
    client = getattr(device(), "client", None)
    if not _ready_for_lapack():
        return False
    try:
        pickle.dumps(held)
    except Exception:  # a class of a function
        return False
    return bool(getattr(client, "supports_executable_serialization", True))


@contextlib.contextmanager
def _without_cache_of_jax() -> Iterator[None]:
    name = "jax_enable_compilation_cache"
    before = getattr(jax.config, name)
    jax.config.update(name, False)
    compilation_cache.reset_cache()  # JAX asks once whether there is one
    try:
        yield
    finally:
        jax.config.update(name, before)
        compilation_cache.reset_cache()


def _folder() -> Path | None:
    """Return the folder, made if need be; None if it is off or not this user's own."""
    beside = cache.folder()
    if beside is None or os.environ.get(SETTING, "").lower() in ("0", "false", "off"):
        return None
    folder = beside / cache.EXECUTABLES
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder if _is_private(folder.lstat(), stat.S_ISDIR) else None
    except OSError:
        return None


def _is_private(status: os.stat_result, kind: Callable[[int], bool]) -> bool:
    """Return whether a file is of a kind, of this user, and closed to others."""
    if not hasattr(os, "geteuid"):  # permissions of this kind are not known there
        return False
    own = status.st_uid == os.geteuid()
    return kind(status.st_mode) and own and not status.st_mode & 0o077


def _read(file: Path) -> bytes | None:
    """Return the content of a whole file that only this user can have written."""
    try:
        opened = os.open(file, os.O_RDONLY | os.O_NOFOLLOW)
        with open(opened, "rb") as stream:
            if not _is_private(os.fstat(opened), stat.S_ISREG):
                return None
            text = stream.read()
    except OSError:
        return None
    head, content = text[: len(_FORMAT) + _SIZE], text[len(_FORMAT) + _SIZE :]
    right = head == _FORMAT + _checksum(file.name, content)
    return content if right else None


def _checksum(name: str, content: bytes) -> bytes:
    return hashlib.sha256(name.encode() + content).digest()


def _write(file: Path, content: bytes) -> None:
    """Write a file in one piece, for this user alone."""
    number, name = tempfile.mkstemp(dir=file.parent)  # of mode 0600
    try:
        with open(number, "wb") as stream:
            stream.write(_FORMAT + _checksum(file.name, content) + content)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


_ALL: "weakref.WeakSet[Kept]" = weakref.WeakSet()


def drop_loaded() -> None:
    """Drop the programs of all functions of this process; the files stay."""
    for function in list(_ALL):
        function.drop()


class Kept:
    """A function that is compiled once for each kind of arguments, and kept.

    It is called like a jitted function, outside of any trace.

    Args:
        function: Of trees of arrays and numbers.
        donate: Places of the arguments that a call may overwrite.
    """

    def __init__(self, function: Callable, donate: tuple[int, ...] = ()):
        self._function, self._donate = function, donate
        self._programs: dict[Any, Any] = {}
        _ALL.add(self)

    def drop(self) -> None:
        """Drop the programs that are loaded; the next call loads or makes its own."""
        self._programs.clear()

    def __call__(self, *arguments: Any) -> Any:
        """Call the program for such arguments."""
        return self.program(*arguments)(*arguments)

    def program(self, *arguments: Any) -> Any:
        """Return the compiled program for such arguments, loaded if it is kept."""
        leaves, structure = jax.tree.flatten(arguments)
        here = (structure, *map(jax.typeof, leaves), *_context())
        if here not in self._programs:
            self._programs[here] = self._made(arguments)
        return self._programs[here]

    def _made(self, arguments: tuple) -> Any:
        name = key(self._function, arguments, self._donate)
        held = find(name)
        program = held.load(*arguments) if held else None
        if program is None:
            # anew: what JAX has compiled for this function may be from its cache
            jitted = jax.jit(self._anew(), donate_argnums=self._donate)
            with watch_files() as opened:
                lowered = jitted.lower(*arguments)
            program = compiled(None if opened else name, lowered)
        return program

    def _anew(self) -> Callable:
        @functools.wraps(self._function)
        def function(*arguments: Any) -> Any:
            return self._function(*arguments)

        return function


def _context() -> tuple:
    names = ("jax_enable_x64", "jax_default_matmul_precision", "jax_default_device")
    settings = (getattr(jax.config, name) for name in names)
    return (*settings, problems.in_blocks(), devices.mesh())


_SOURCES = (".py", ".pyc", ".so", ".pyd")
_watched = threading.local()


@contextlib.contextmanager
def watch_files() -> Iterator[list[str]]:
    """Yield a list of the files that this thread opens inside, other than sources.

    What a function reads while it is traced is a constant of its program.
    """
    _listen()
    before, opened = getattr(_watched, "opened", None), []
    _watched.opened = opened
    try:
        yield opened
    finally:
        _watched.opened = before


def _heard(event: str, arguments: tuple) -> None:
    if event not in _READ:
        return
    opened = getattr(_watched, "opened", None)
    if opened is not None:
        file, ours = arguments[0] if arguments else "", cache.folder()
        file = os.fsdecode(file) if isinstance(file, str | bytes | os.PathLike) else ""
        if not file.endswith(_SOURCES) and not (ours and file.startswith(f"{ours}")):
            opened.append(file)


_READ = ("open", "sqlite3.connect")
"""Events of Python by which something is read; importing lists folders, too."""


_listening: list[bool] = []


def _listen() -> None:
    if not _listening:
        _listening.append(True)
        sys.addaudithook(_heard)
