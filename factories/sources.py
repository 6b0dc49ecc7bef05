"""The source files of a factory: the user's own file, and own modules it imports."""

import ast
import importlib
import sysconfig
from collections.abc import Iterator
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import NamedTuple

from .modules import locate
from .paths import located

_HERE = Path(__file__).resolve().parents[1]
_PROJECT = ("bench", "claims", "factories", "optimizers", "problems")
_INSTALLED = ("site-packages", "dist-packages")
_LIBRARY = {
    Path(sysconfig.get_path(which)).resolve() for which in ("stdlib", "platstdlib")
}


class _Source(NamedTuple):
    """A source file, and the package that its relative imports start from."""

    path: Path
    package: str


def is_own(name: str) -> bool:
    """Return whether a factory's name is `file.py:factory` or `module:factory`."""
    return ":" in name


def sources(name: str) -> list[Path]:
    """Return the source files of a factory of the user's own.

    They are its file and the modules that this file imports, directly or through other
    modules, as its import statements name them; no statement is executed. Modules of
    the standard library, of installed packages and of this project are left out.

    Args:
        name: `"path/to/file.py:factory"` or `"package.module:factory"`.

    Returns:
        Each file once, in the order of the import statements; none for other names.
    """
    place = name.rpartition(":")[0]
    importlib.invalidate_caches()  # a module may be younger than the last look
    if place.endswith(".py"):
        waiting = [_Source(Path(located(place)), "")]
    else:
        waiting = list(_modules(place))
    found: dict[Path, None] = {}
    while waiting:
        source = waiting.pop(0)
        if source.path not in found and source.path.is_file():
            found[source.path] = None
            waiting += _imports(source)
    return list(found)


def imported_files(file: Path, package: str) -> list[Path]:
    """Return the own modules that a file's statements import, without those of theirs.

    Args:
        file: A source file.
        package: That its relative imports start from; empty for none.
    """
    return [source.path.resolve() for source in _imports(_Source(file, package))]


def _imports(source: _Source) -> Iterator[_Source]:
    """Yield the own modules that a source file imports."""
    if source.path.suffix != ".py":
        return
    try:
        tree = ast.parse(source.path.read_bytes())
    except (SyntaxError, ValueError):  # importing it states the error
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _modules(alias.name, source)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, source.package)
            for alias in node.names:  # a name of the module, or a module below it
                yield from _modules(f"{base}.{alias.name}".strip("."), source)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    """Return the module of a `from` statement, relative ones from their package."""
    if not node.level:
        return node.module or ""
    above = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join(filter(None, [*above, node.module]))


def _modules(name: str, importer: _Source | None = None) -> Iterator[_Source]:
    """Yield the own modules among a module and the packages above it."""
    top, *rest = name.split(".")
    spec, full = _top(top, importer), top
    while spec is not None:
        if spec.origin and (path := Path(spec.origin)).is_file():
            if not is_own_file(path.resolve()):
                return
            is_package = spec.submodule_search_locations is not None
            yield _Source(path, full if is_package else full.rpartition(".")[0])
        if not rest or spec.submodule_search_locations is None:
            return
        name, *rest = rest
        full = f"{full}.{name}"
        # without the packages above, which need not be imported here
        spec = PathFinder.find_spec(name, list(spec.submodule_search_locations))


def _top(name: str, importer: _Source | None) -> ModuleSpec | None:
    """Find a top-level module as the import system does, or beside its importer."""
    if not name.isidentifier():
        return None
    folder = importer.path.parent if importer and not importer.package else None
    return locate(name, folder)


def is_own_file(path: Path) -> bool:
    """Return whether a file is the user's, and not installed with a package."""
    if any(part in _INSTALLED for part in path.parts):
        return False
    if any(path.is_relative_to(_HERE / name) for name in _PROJECT):
        return False
    return not any(path.is_relative_to(library) for library in _LIBRARY)
