"""A later process loads what an earlier one compiled, and never anything stale."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections import Counter

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import problems
from bench.core.spec import Named
from bench.measurement import cache, executables, surroundings
from bench.measurement.executables import Kept
from bench.measurement.oracle import Oracle
from bench.measurement.program import key_of, split_settings
from bench.measurement.reached import Varying, digest
from factories import from_file

RUN = """
import json, sys
from collections import Counter
import jax
from bench.core.spec import Batch, Budget, Named, Spec
from bench.measurement.clock import Ledger
from bench.measurement.runtime import Runtime, SpecTrial, context

CLOCK = "seconds", "measured"
BATCH = {"batch": Batch(4)}
RANDOM = {"gradient": "random_direction"}
OWN = Named(sys.argv[1], {"learning_rate": 0.1})
STEP = {"learning_rate": 0.1}
TRIALS = [
    (Named("sgd", STEP), {}),
    (Named("sgd", STEP), BATCH),
    (Named("sgd", STEP), RANDOM),
    (Named("keep_stepping", STEP), {}),
    (Named("lbfgs", {}), {}),
    (Named("newton_cg", {}), {}),
    (Named("newton", {}), {}),
    (Named("scipy.BFGS", {}), {}),
    (OWN, {}),
]
events = Counter()
listen = jax.monitoring.register_event_duration_secs_listener
listen(lambda event, *_, **__: events.update([event]))
problem = Named("linear_regression", {"dataset": "diabetes", "l2": 0.01})
runtime = Runtime()
specs = [Spec(problem, name, Budget(steps=5), **more) for name, more in TRIALS]
with context(specs[0], runtime.device):
    runtime.problem(specs[0]).init(jax.random.key(0))
runtime.optimum(specs[0])
events.clear()
done = [SpecTrial(runtime, spec).run() for spec in specs]
rows = [[{k: v for k, v in r.items() if k not in CLOCK} for r in rows]
        for _, rows in done]
print(json.dumps({
    "ends": [record.reason for record, _ in done],
    "rows": rows,
    "cached": [record.cached for record, _ in done],
    "compiled": sum(n for event, n in events.items() if "compile/" in event),
}))
"""
OWN = """
import jax, optax
def mine(learning_rate):
    def update(gradient, state, params=None, **more):
        return jax.tree.map(lambda g: -learning_rate * SCALE * g, gradient), state
    return optax.GradientTransformation(lambda params: optax.EmptyState(), update)
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Do the same trials in two processes, one after the other."""
    folder = tmp_path_factory.mktemp("kept")
    own = folder / "own.py"
    own.write_text(OWN + "SCALE = 2.0\n")
    inherited = {k: v for k, v in os.environ.items() if "CACHE" not in k}
    inherited.pop(executables.SETTING, None)
    done = [
        subprocess.run(
            [sys.executable, "-c", RUN, f"{own}:mine"],
            env=inherited | {"XDG_CACHE_HOME": str(folder)},
            capture_output=True,
            text=True,
            check=True,
        )
        for _ in range(2)
    ]
    return [json.loads(one.stdout) for one in done]


def test_a_loaded_program_takes_exactly_the_same_steps(runs):
    first, second = runs
    assert all(len(rows) == 6 for rows in first["rows"]), first["ends"]
    assert second["rows"] == first["rows"]


def test_a_later_process_traces_and_compiles_nothing(runs):
    first, second = runs
    assert first["compiled"] > 0
    assert second["compiled"] == 0


def test_a_loaded_program_is_cached(runs):
    first, second = runs
    assert first["cached"] == [False] * 7 + [None, False]
    assert second["cached"] == [True] * 7 + [None, True]


@pytest.fixture
def kept(monkeypatch, tmp_path):
    """Keep programs in a new folder; files of a test are older than its process."""
    monkeypatch.setattr(cache, "folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(surroundings, "_BEGAN", time.time() + 1e6)
    monkeypatch.delenv(executables.SETTING, raising=False)
    return tmp_path / "cache" / "executables"


@contextlib.contextmanager
def compilations():
    """Count the programs that are compiled inside."""
    events: Counter[str] = Counter()

    def heard(event, *_, **__):
        events.update([event.rpartition("/")[2]])

    jax.monitoring.register_event_duration_secs_listener(heard)
    try:
        yield events
    finally:
        jax.monitoring.unregister_event_duration_listener(heard)


X = np.linspace(0, 1, 5, dtype=np.float32)


def compiles():
    """Call a kept function as another process would; return whether it compiled."""
    with compilations() as events:
        assert np.array_equal(Kept(jnp.sinc)(X), jnp.sinc(X))
        jnp.sinc.clear_cache()
    return events["backend_compile_duration"] - 1  # without the expected value's


def test_a_function_is_kept_for_this_user_alone(kept):
    assert compiles()
    (file,) = kept.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert kept.stat().st_mode & 0o777 == 0o700
    assert not compiles()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(file.read_bytes()[:-100]),
        lambda file: file.write_bytes(file.read_bytes()[:-1] + b"?"),
        lambda file: file.write_bytes(b"gradmeter executable 1\n"),
        lambda file: file.chmod(0o644),
        lambda file: (file.rename(f"{file}.old"), file.symlink_to(f"{file}.old")),
    ],
    ids=["empty", "truncated", "changed", "head", "readable", "link"],
)
def test_a_spoilt_file_is_made_again_and_replaced(kept, spoil):
    compiles()
    (file,) = kept.iterdir()
    spoil(file)
    assert compiles()
    assert not compiles()
    assert not file.is_symlink()
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_file_of_another_program_is_not_taken(kept):
    compiles()
    (sinc,) = kept.iterdir()
    assert np.array_equal(Kept(jnp.cos)(X), jnp.cos(X))
    (cos,) = set(kept.iterdir()) - {sinc}
    sinc.write_bytes(cos.read_bytes())
    assert compiles()


def test_a_file_that_does_not_load_is_made_again(kept, monkeypatch):
    compiles()
    held = executables.find(next(kept.iterdir()).name)
    broken = held._replace(payload=b"from another version")
    monkeypatch.setattr(executables, "find", lambda key: broken)
    assert compiles()


def test_nothing_is_kept_in_a_folder_that_others_can_enter(kept):
    compiles()
    kept.chmod(0o755)
    assert compiles()
    assert compiles()


@pytest.mark.parametrize("off", ["0", "false"])
def test_a_setting_turns_it_off(kept, monkeypatch, off):
    monkeypatch.setenv(executables.SETTING, off)
    assert compiles()
    assert compiles()
    assert not kept.exists()


def test_it_is_off_where_the_cache_of_jax_is(monkeypatch):
    monkeypatch.delenv(executables.SETTING, raising=False)
    monkeypatch.setattr(cache, "folder", lambda: None)
    assert executables.key(jnp.sin, [X]) is None


def test_a_loaded_file_counts_as_used(kept):
    compiles()
    (file,) = kept.iterdir()
    os.utime(file, (0, 0))
    assert not compiles()
    assert file.stat().st_mtime > 0


PROBLEM = problems.make("quadratic", spectrum=[1.0, 2.0])
PARAMS = PROBLEM.init(jax.random.key(0))


def key(name, rate=0.1, **settings):
    """Return the key of an optimizer of a file that has just been imported."""
    for module in [m for m in sys.modules if m.partition("_")[0] in ("own", "near")]:
        del sys.modules[module]
    named = Named(name, {"learning_rate": rate, **settings})
    split = split_settings(named, Oracle(), None, trace=True)
    return key_of(*split, PROBLEM, PARAMS)


@pytest.fixture
def own(kept, tmp_path):
    """Write the file of an optimizer, and files beside it; return its key."""

    def write(text, **beside):
        for name, content in beside.items():
            (tmp_path / name.replace("_", ".")).write_text(content)
        (tmp_path / "own.py").write_text(OWN + text)
        return key(f"{tmp_path / 'own.py'}:mine")

    return write


FILE = "from pathlib import Path\nHERE = Path(__file__).parent\n"


@pytest.mark.parametrize(
    ("text", "beside"),
    [
        ("SCALE = 2.0", {}),
        (FILE + "SCALE = float((HERE / 'scale.txt').read_text())", {"scale_txt": "2"}),
        ("from near import SCALE", {"near_py": "SCALE = 2.0"}),
        ("import near\nSCALE = near.TABLE['a'][0]", {"near_py": "TABLE={'a': [2.0]}"}),
        ("import numpy as np\nSCALE = np.array([2.0, 1.0])", {}),
        ("class A:\n    def __init__(self): self.n = 2.0\na = A()\nSCALE = a.n", {}),
    ],
    ids=["source", "file", "module", "table", "array", "object"],
)
def test_changed_source_or_values_of_a_user_have_another_key(own, text, beside):
    keys = [own(text, **beside), own(text, **beside)]
    changed = {name: content.replace("2", "3") for name, content in beside.items()}
    keys.append(own(text if beside else text.replace("2", "3"), **changed))
    assert None not in keys
    assert keys[0] == keys[1] != keys[2]


def test_an_attribute_of_a_function_has_another_key(own):
    text = FILE + "SCALE = 2.0\ndef f(): return f.scale\nf.scale = "
    text += "float((HERE / 'scale.txt').read_text())\n"
    keys = [own(text, scale_txt=scale) for scale in "223"]
    assert None not in keys
    assert keys[0] == keys[1] != keys[2]


def test_code_that_is_not_that_of_its_file_has_another_key(kept, tmp_path):
    file = tmp_path / "own.py"
    file.write_text("def f(x): return 1 + x\ndef g(x): return 2 + x\n")
    module = from_file(str(file))
    before = digest([module.f])
    assert digest([module.f]) == before
    module.f.__code__ = module.g.__code__.replace(co_firstlineno=1)
    assert digest([module.f]) != before


def test_a_file_that_the_factory_reads_has_another_key(own, tmp_path):
    text = OWN.replace("SCALE", "scale").replace(
        "def mine(learning_rate):\n",
        "def mine(learning_rate):\n"
        f"    scale = float(open({str(tmp_path / 'scale.txt')!r}).read())\n",
    )
    first = own(text, scale_txt="2")
    assert own(text, scale_txt="2") == first
    assert own(text, scale_txt="3") not in (first, None)


def test_a_file_that_reads_a_variable_has_another_key(own, monkeypatch):
    text = "import os\ndef scale(): return float(os.environ['S'])\nSCALE = 2.0\n"
    monkeypatch.setenv("S", "2")
    first = own(text)
    assert own(text) == first
    monkeypatch.setenv("S", "3")
    assert own(text) not in (first, None)


@pytest.mark.parametrize(
    "text",
    [
        "import threading\nSCALE = 2.0\nlock = threading.Lock()",
        "SCALE = 2.0\ndef later():\n    import near",
        "SCALE = 2.0\ndef later():\n    return __import__('near').SCALE",
        "from functools import lru_cache\n@lru_cache\ndef two(): return 2.0\n"
        "SCALE = two()",
    ],
    ids=["lock", "not yet imported", "other code", "kept results"],
)
def test_what_is_not_understood_is_not_kept(own, text):
    assert own(text, near_py="SCALE = 2.0") is None


def test_a_file_changed_after_this_process_began_is_not_kept(own, monkeypatch):
    monkeypatch.setattr(surroundings, "_BEGAN", time.time() - 10)
    assert own("SCALE = 2.0") is None


def test_a_function_that_reads_a_file_while_it_is_traced_is_not_kept(kept, tmp_path):
    (tmp_path / "scale.txt").write_text("2")
    file = tmp_path / "own.py"
    read = f"open({str(tmp_path / 'scale.txt')!r}).read()"
    file.write_text(f"def f(x): return x * float({read})")
    double = from_file(str(file)).f
    assert Kept(double)(X)[-1] == 2
    assert not list(kept.iterdir())


def test_a_function_that_calls_the_host_is_not_kept(kept, tmp_path):
    file = tmp_path / "own.py"
    file.write_text(
        "import jax\ndef f(x):\n    jax.debug.callback(id, x)\n    return x"
    )
    assert Kept(from_file(str(file)).f)(X)[-1] == 1
    assert not list(kept.iterdir())


def test_settings_that_are_arguments_share_a_program(kept):
    assert key("sgd", 0.1) == key("sgd", 0.2) is not None
    assert key("sgd") != key("momentum")


def test_constants_have_another_key(kept):
    assert key("optax.sgd", nesterov=True) != key("optax.sgd", nesterov=False)


def test_what_a_program_runs_on_is_part_of_its_key(kept, monkeypatch):
    keys = {key("sgd")}
    with jax.default_matmul_precision("highest"):
        keys.add(key("sgd"))
    with problems.in_one_block():
        keys.add(key("sgd"))
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_enable_fast_math=true")
    keys.add(key("sgd"))
    monkeypatch.setattr(surroundings, "_processor", lambda: "another")
    keys.add(key("sgd"))
    assert len(keys) == 5
    assert None not in keys


AT = PROBLEM, PARAMS
MADE_FROM_SETTINGS = {
    "optax.adamw": ("learning_rate", "weight_decay"),
    "optax.lion": ("learning_rate", "weight_decay"),
    "optax.rmsprop": ("learning_rate", "decay"),
    "optax.contrib.muon": ("learning_rate",),
    "optax.contrib.schedule_free_adamw": ("learning_rate", "weight_decay"),
    "optax.contrib.prodigy": ("estim_lr_coef",),
    "optax.polyak_sgd": ("max_learning_rate",),
    "momentum": ("learning_rate",),
}


@pytest.mark.parametrize("name", MADE_FROM_SETTINGS)
def test_the_values_of_settings_are_no_part_of_a_key(kept, name):
    """Optax computes with them before it keeps them, as in -learning_rate."""

    def with_all(value):
        named = Named(name, dict.fromkeys(MADE_FROM_SETTINGS[name], value))
        return key_of(*split_settings(named, Oracle(), None, trace=True), *AT)

    assert with_all(0.1) == with_all(0.2)
    assert with_all(0.1) is not None


def test_how_a_number_was_made_from_a_setting_is_part_of_a_key():
    def made(rate, scale):
        return digest([-rate * scale, scale / (1 - rate)])

    rate, other = (Varying(x, "x0") for x in (0.1, 0.2))
    assert made(rate, 2.0) == made(other, 2.0)
    assert made(rate, 2.0) != made(rate, 3.0)
    assert made(rate, 2.0) != made(Varying(0.1, "x1"), 2.0)
    assert digest([-rate]) != digest([rate]) != digest([0.1])
    assert digest([rate * other]) == digest([other * rate])


def test_versions_are_part_of_a_key(kept, monkeypatch):
    before = key("sgd")
    monkeypatch.setattr(surroundings, "software", lambda: "another version")
    assert key("sgd") != before


def test_installed_packages_and_sources_are_part_of_the_software(monkeypatch, tmp_path):
    monkeypatch.setattr(surroundings, "_BEGAN", time.time() + 1e6)
    software = surroundings.software.__wrapped__
    before = software()
    assert software() == before
    monkeypatch.setattr(surroundings, "_installed", lambda: ["optax-99"])
    assert software() != before
    (tmp_path / "problems").mkdir()
    (tmp_path / "problems" / "a.py").write_text("A = 1")
    one = surroundings._sources(tmp_path)
    (tmp_path / "problems" / "a.py").write_text("A = 2")
    assert surroundings._sources(tmp_path) != one
    monkeypatch.setattr(surroundings, "_BEGAN", 0)
    assert surroundings._sources(tmp_path) is None
