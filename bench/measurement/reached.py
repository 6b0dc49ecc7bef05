"""A digest of all that Python objects reach: arrays, numbers, functions, sources."""

import collections
import dataclasses
import functools
import hashlib
import os
import sys
import types
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from factories import imported_files, is_own_file

from .surroundings import changed_since_begin


class UnknownError(ValueError):
    """An object may hold what a digest does not cover."""


class Varying(float):
    """A number that is an argument of the program: its value is left out.

    So is that of a number made from it, such as -0.1 for a learning rate of 0.1. Its
    digest covers how it was made, for example `mul x0 2.0`: the 2 may be from a file.

    Attributes:
        made: An argument's name, or the operation and the operands.
    """

    made: str

    def __new__(cls, value: float, made: str) -> "Varying":
        number = super().__new__(cls, value)
        number.made = made
        return number


def _made_by(name: str) -> Callable[..., Any]:
    """Return a method of `float` whose results are varying numbers too."""
    compute = getattr(float, name)

    def method(self: Varying, *others: Any) -> Any:
        result = compute(self, *others)
        if type(result) is not float:
            return result
        words = (x.made if type(x) is Varying else repr(x) for x in others)
        return Varying(result, f"({name} {self.made} {' '.join(words)})")

    return method


for _name in ("neg", "pos", "abs"):
    setattr(Varying, f"__{_name}__", _made_by(f"__{_name}__"))
for _name in ("add", "sub", "mul", "truediv", "pow", "floordiv", "mod"):
    for _side in ("", "r"):
        setattr(Varying, f"__{_side}{_name}__", _made_by(f"__{_side}{_name}__"))


def digest(objects: Iterable[Any]) -> str:
    """Return a sha256 of objects and of all that they refer to.

    Functions are covered with what they close over and with their defaults; those of
    the user's own files also with the whole of their modules: the text of the file, the
    values of all its names, and the same of own modules that it imports. A function of
    an installed package or of this project is covered by its name. A file of the user
    that names the environment is covered with all variables of it.

    Args:
        objects: Any.

    Raises:
        UnknownError: One of them is, or refers to, what is not understood, such as a
            file, a lock, an object of a compiled extension, or a module that was
            changed after this process began.
    """
    walk = _Walk()
    try:
        for one in objects:
            walk.add(one)
        walk.check_imports()
    except UnknownError:
        raise
    except Exception as error:  # objects of a user may raise anything when read
        raise UnknownError(f"{type(error).__name__}: {error}") from error
    return walk.hexdigest()


_PLAIN = (type(None), bool, int, float, complex, str, bytes, type(...))
_OF_THE_IMPORT = {"__builtins__", "__cached__", "__doc__", "__file__", "__loader__"} | {
    "__annotations__",
    "__path__",
    "__spec__",
}
_OF_THE_ENVIRONMENT = (b"environ", b"getenv")
_OF_A_CLASS = (
    types.MemberDescriptorType,
    types.GetSetDescriptorType,
    types.WrapperDescriptorType,
    types.MethodDescriptorType,
    types.ClassMethodDescriptorType,
    type(collections.namedtuple("_", "field").field),  # pyright: ignore
)


class _Walk:
    """Goes once through everything that objects reach."""

    def __init__(self) -> None:
        self._sum = hashlib.sha256()
        self._seen: dict[int, int] = {}
        self._alive: list[Any] = []  # so that no other object gets the same id
        self._files: set[Path] = set()
        self._imports: set[Path] = set()

    def hexdigest(self) -> str:
        return self._sum.hexdigest()

    def _put(self, *words: Any) -> None:
        self._sum.update(f"{words!r}\n".encode())

    def _again(self, value: Any) -> bool:
        """Return whether a value was met before, and note it."""
        number = self._seen.get(id(value))
        if number is not None:
            self._put("again", number)
            return True
        self._seen[id(value)] = len(self._alive)
        self._alive.append(value)
        return False

    def add(self, value: Any) -> None:
        """Add a value and what it refers to."""
        kind = type(value)
        if kind is Varying:
            self._put("varying", value.made)
        elif kind in _PLAIN:
            self._put(kind.__name__, value)
        elif isinstance(value, np.ndarray | np.generic | jax.Array):
            self._add_array(value)
        elif isinstance(value, np.dtype | jax.dtypes.prng_key | jax.ShapeDtypeStruct):
            self._put(kind.__name__, str(value))
        elif kind in (list, tuple):
            self._add_all(kind.__name__, value)
        elif kind is dict:
            self._add_all("dict", [x for item in value.items() for x in item])
        elif kind in (set, frozenset):
            self._put(kind.__name__, sorted(digest([one]) for one in value))
        elif kind is jax.tree_util.PyTreeDef:
            self._add_structure(value)
        elif not self._again(value):
            self._add_object(value)

    def _add_all(self, name: str, values: Iterable[Any]) -> None:
        values = list(values)
        self._put(name, len(values))
        for one in values:
            self.add(one)

    def _add_array(self, array: Any) -> None:
        if isinstance(array, Tracer):
            raise UnknownError("an array that is being traced")
        weak = getattr(array, "weak_type", False)
        if jnp.issubdtype(array.dtype, jax.dtypes.prng_key):
            array = jax.random.key_data(array)
        held = np.asarray(array)
        if held.dtype.hasobject:
            raise UnknownError("an array of objects")
        self._put("array", str(held.dtype), held.shape, weak)
        self._sum.update(held.tobytes())

    def _add_structure(self, structure: Any) -> None:
        node = structure.node_data()
        if node is None:
            self._put("leaf")
            return
        self.add(node[0])
        self.add(node[1])
        self._add_all("children", structure.children())

    def _add_object(self, value: Any) -> None:
        if isinstance(value, types.ModuleType):
            self._put("module", value.__name__)
            self._add_names(vars(value))
        elif isinstance(value, type):
            self._add_class(value)
        elif isinstance(value, types.FunctionType):
            self._add_function(value)
        elif isinstance(value, types.MethodType):
            self._add_all("method", [value.__func__, value.__self__])
        elif isinstance(value, staticmethod | classmethod):
            self._add_all("method", [value.__func__])
        elif isinstance(value, property):
            self._add_all("property", [value.fget, value.fset, value.fdel])
        elif isinstance(value, functools.partial):
            parts = [value.func, value.args, value.keywords]
            self._add_all("partial", parts)
        elif isinstance(value, _OF_A_CLASS):
            self._put("attribute", type(value).__name__)
        elif _is_installed(value):
            self._put("installed", value.__module__, value.__qualname__)
        elif isinstance(value, functools._lru_cache_wrapper):
            if value.cache_info().currsize:
                raise UnknownError("results that a function keeps")
            self._add_all("wrapped", [value.__wrapped__])
        elif callable(value) and "__wrapped__" in getattr(value, "__dict__", {}):
            self._add_all("wrapped", [type(value), vars(value)])
        elif callable(value) and hasattr(value, "__wrapped__"):
            self._add_all("wrapped", [type(value), value.__wrapped__])
        else:
            self._add_reduced(value)

    def _add_function(self, function: types.FunctionType) -> None:
        where = function.__globals__
        if "__file__" not in where and not _is_generated(where):
            raise UnknownError(f"{function.__qualname__} is not from a file")
        line = function.__code__.co_firstlineno
        self._put("function", function.__module__, function.__qualname__, line)
        own = _is_own(where)
        if not own and _is_installed(function):
            return
        if own:  # its file may hold another text than when it was loaded
            self._add_code(function.__code__)
        self._add_all("attributes", [vars(function)])
        cells = [cell.cell_contents for cell in function.__closure__ or ()]
        self._add_all("closure", cells)
        self._add_all("defaults", [function.__defaults__, function.__kwdefaults__])
        if own:
            self._add_names(where)

    def _add_code(self, code: types.CodeType) -> None:
        """Add compiled code, and that of the functions inside it."""
        self._put("code", code.co_code, code.co_names, code.co_varnames)
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                self._add_code(constant)
            elif not isinstance(constant, frozenset):  # in an order of the process
                self._put(constant)

    def _add_class(self, kind: type) -> None:
        self._put("class", kind.__module__, kind.__qualname__)
        if _is_installed(kind) and not _is_own_module(kind.__module__):
            return
        self._add_all("bases", kind.__bases__)
        for name, value in vars(kind).items():
            data = name.startswith("__") and not isinstance(value, types.FunctionType)
            if not data and name not in ("_abc_impl", "__annotate_func__"):
                self._put(name)
                self.add(value)

    def _add_names(self, where: Mapping[str, Any]) -> None:
        """Add all that an own module holds, once."""
        if not _is_own(where):
            return
        file = Path(where["__file__"]).resolve()
        if file in self._files:
            return
        self._files.add(file)
        if changed_since_begin(file):
            raise UnknownError(f"{file} was changed while it was loaded")
        text = file.read_bytes()
        self._put("file", hashlib.sha256(text).hexdigest())
        if any(word in text for word in _OF_OTHER_CODE):
            raise UnknownError(f"{file} may run code that it does not name")
        if any(word in text for word in _OF_THE_ENVIRONMENT):  # whenever it is read
            self._put("environment", sorted(os.environ.items()))
        self._imports |= set(imported_files(file, where.get("__package__") or ""))
        for name, value in list(where.items()):
            if name not in _OF_THE_IMPORT:
                self._put(name)
                self.add(value)

    def _add_reduced(self, value: Any) -> None:
        """Add an object by the parts from which it can be made again."""
        if dataclasses.is_dataclass(value):
            held = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
            self._add_all("fields", [type(value), held, getattr(value, "__dict__", 0)])
            return
        parts = value.__reduce_ex__(4)
        if isinstance(parts, str):
            self._add_all("global", [type(value), parts])
            return
        made, arguments, *state = parts
        state = [list(x) if i else x for i, x in enumerate(state) if x is not None]
        self._add_all("object", [type(value), made, arguments, state])

    def check_imports(self) -> None:
        """Check that all own files that are imported are among those covered.

        A statement in a function may import a module that nothing else refers to.
        """
        while missing := self._imports - self._files:
            loaded = {
                Path(file).resolve(): module
                for module in list(sys.modules.values())
                if (file := getattr(module, "__file__", None))
            }
            for file in sorted(missing):
                if file not in loaded:
                    raise UnknownError(f"{file} is not imported yet")
                self._add_names(vars(loaded[file]))
                self._files.add(file)


_OF_OTHER_CODE = (b"import_module", b"__import__", b"runpy", b"exec(", b"eval(")
"""In the text of a file, words by which it may run code from elsewhere."""


def _is_own(where: Mapping[str, Any]) -> bool:
    """Return whether a module's names are those of a user's own file."""
    file = where.get("__file__")
    return bool(file) and _is_own_file(file)


@functools.lru_cache(maxsize=4096)
def _is_own_file(file: str) -> bool:
    return is_own_file(Path(file).resolve())


def _is_own_module(name: str) -> bool:
    module = sys.modules.get(name)
    if module is None:  # set aside, so that another of this name can be imported
        return True
    built_in = getattr(module, "__file__", None) is None
    return _is_own(vars(module)) or (built_in and name == "__main__")


def _is_generated(where: Mapping[str, Any]) -> bool:
    """Return whether Python has made a function itself, for a class."""
    return str(where.get("__name__", "")).startswith("namedtuple_")


def _is_installed(value: Any) -> bool:
    """Return whether a value is what its module has under its name.

    Own modules have been excluded where that matters.
    """
    name, path = getattr(value, "__module__", None), getattr(value, "__qualname__", "")
    if not isinstance(name, str) or not isinstance(path, str) or not path:
        return False
    found: Any = sys.modules.get(name)
    if found is None or _is_own_module(name):
        return False
    for part in path.split("."):
        found = getattr(found, part, None)
    return found is value
