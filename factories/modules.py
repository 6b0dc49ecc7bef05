"""Import a user's modules, which shadow neither this project's nor one another."""

import contextlib
import hashlib
import importlib
import importlib.util
import sys
import traceback
from collections.abc import Iterator, Mapping
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

from .errors import FactoryError

PROJECT = ("bench", "claims", "configs", "factories", "optimizers", "problems")
"""The packages of this project."""


def from_file(path: str) -> ModuleType:
    """Import a file; a file that has changed, or one that it imports, is another.

    Raises:
        FactoryError: It cannot be read, or raises an error.
    """
    try:
        file = Path(path).resolve()
        text = file.read_bytes()
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or error
        raise FactoryError(f'cannot read "{path}": {words}') from error
    _NEIGHBOURS.turn_to(file.parent)
    digest = hashlib.sha256(bytes(file) + text).hexdigest()[:8]
    name = f"{file.stem}_{digest}"
    if name not in sys.modules:
        with _importing(path):
            _execute(name, file, text)
        _NEIGHBOURS.note(name)
    return sys.modules[name]


def _execute(name: str, file: Path, text: bytes) -> None:
    """Run a file as a module; its text, as a cached compilation may be outdated."""
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        exec(compile(text, file, "exec"), vars(module))
    except BaseException:
        del sys.modules[name]
        raise


def from_path(path: str) -> ModuleType:
    """Import `package.module`, also from the working directory.

    Raises:
        FactoryError: There is none, or it raises an error.
    """
    _NEIGHBOURS.turn_to(None)
    with _importing(path):
        return importlib.import_module(path)


@contextlib.contextmanager
def _importing(name: str) -> Iterator[None]:
    """Turn an error of an import into one sentence; stdout is for results only."""
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    importlib.invalidate_caches()  # a file may be younger than the last look
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except (Exception, SystemExit) as error:
        raise FactoryError(f'cannot import "{name}": {explained(error)}') from error
    finally:
        sys.dont_write_bytecode = before


_MOST = 300
"""Characters of an error's message that are shown."""


def explained(error: BaseException) -> str:
    """Return an error in one line, with the user's file and line where it arose."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_shown(error.filename)}:{error.lineno}: {error.msg}"
    text = " ".join(str(error).split())[:_MOST]
    named = f"{type(error).__name__}: {text}" if text else type(error).__name__
    own = _own_frame(error)
    place = f"{_shown(own.filename)}:{own.lineno}: " if own else ""
    return f"{place}{named}{_of_the_project(error)}"


def raised_at(error: BaseException) -> str:
    """Return ` (file.py:3)`, where an error arose in a user's file, or nothing."""
    own = _own_frame(error)
    return f" ({Path(own.filename).name}:{own.lineno})" if own else ""


def _own_frame(error: BaseException) -> traceback.FrameSummary | None:
    """Return the last frame of an error that is in a user's file."""
    frames = traceback.extract_tb(error.__traceback__)[::-1]
    return next((frame for frame in frames if _is_own(frame.filename)), None)


def _shown(file: str) -> str:
    """Return a file's path, from the working directory if it is inside."""
    here = Path.cwd()
    inside = Path(file).is_relative_to(here)
    return str(Path(file).relative_to(here)) if inside else file


def _of_the_project(error: BaseException) -> str:
    """Return a remark if the module that lacks something is one of this project."""
    name = _top((isinstance(error, ImportError) and error.name) or "")
    remark = f' ("{name}" is a package of this project: rename your own)'
    return remark if name in PROJECT else ""


_ROOT = Path(__file__).resolve().parents[1]
_INSTALLED = ("site-packages", "dist-packages")


def _is_own(file: str) -> bool:
    """Return whether a file is a user's, and neither installed nor this project's."""
    path = Path(file)
    if not path.is_file() or any(part in _INSTALLED for part in path.parts):
        return False
    library = Path(contextlib.__file__).parent
    folders = [library, *(_ROOT / name for name in PROJECT)]
    return not any(path.resolve().is_relative_to(folder) for folder in folders)


class _Neighbours:
    """Finds the modules beside a user's file, for the imports of that file.

    They come before those of the working directory and after all others, so that none
    shadows a module of Python, of an installed package or of this project. The modules
    of other folders are set aside, so that two may have the same name.
    """

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._names: set[str] = set()
        self._aside: dict[Path | None, dict[str, ModuleType]] = {}
        self._digests: dict[str, str] = {}

    def turn_to(self, folder: Path | None) -> None:
        """Find the modules of a folder from now on, anew if one of them has changed."""
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)
        self.note()
        # a copy at once: another thread may be importing
        mine = [name for name in list(sys.modules) if _top(name) in self._names]
        self._aside[self._folder] = {name: sys.modules.pop(name) for name in mine}
        self._folder = folder
        modules = self._aside.pop(folder, {})
        if any(self._digests.get(f) != _digest(f) for f in _files(modules)):
            for file in _files(modules):
                del self._digests[file]
            modules = {}
        sys.modules.update(modules)
        self._names = {_top(name) for name in modules}

    def note(self, *names: str) -> None:
        """Note further modules of the folder, and what the files of all contain."""
        self._names |= {*names}
        known = sys.modules.copy()  # another thread may be importing
        mine = {n: m for n, m in known.items() if _top(n) in self._names}
        for file in _files(mine):
            if file not in self._digests:
                self._digests[file] = _digest(file)

    def find_spec(
        self, name: str, path: object = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a top-level module of the folder is, unless another has it."""
        del target
        if path is not None or self._folder is None:
            return None
        spec = PathFinder.find_spec(name, [str(self._folder)])
        if spec is None or _is_taken(name):
            return None
        self._names.add(name)
        return spec


_NEIGHBOURS = _Neighbours()


def locate(name: str, folder: Path | None) -> ModuleSpec | None:
    """Return where a file in a folder finds a top-level module; nothing is imported.

    Args:
        name: The module.
        folder: The folder of a user's file; None for no file.
    """
    beside = PathFinder.find_spec(name, [str(folder)]) if folder else None
    if beside is not None and not _is_taken(name):
        return beside
    finders = (finder for finder in sys.meta_path if finder is not _NEIGHBOURS)
    found = (finder.find_spec(name, None) for finder in finders)
    return next((spec for spec in found if spec is not None), None)


def _is_taken(name: str) -> bool:
    """Return whether Python, this project or an installed package has a module."""
    if name in sys.stdlib_module_names or name in PROJECT:
        return True
    here = Path.cwd()
    elsewhere = [place for place in sys.path if place and Path(place) != here]
    return PathFinder.find_spec(name, elsewhere) is not None


def _top(name: str) -> str:
    return name.partition(".")[0]


def _files(modules: Mapping[str, ModuleType]) -> list[str]:
    found = (getattr(module, "__file__", None) for module in modules.values())
    return [file for file in found if file]


def _digest(file: str) -> str:
    """Return a sha256 of a file; empty if it is gone."""
    try:
        return hashlib.sha256(Path(file).read_bytes()).hexdigest()
    except OSError:
        return ""
