"""A digest of arrays goes by their bytes, types, shapes and places."""

from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from bench.measurement.arrays import digest


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class Held:
    x: Any
    y: Any = None
    rate: Any = field(default=1.0, metadata={"static": True})


A = np.arange(6.0, dtype=np.float32)
DISTINCT = {
    "array": Held(A),
    "one bit": Held(np.nextafter(A, 10)),
    "last value": Held(np.append(A[:-1], 6)),
    "shape": Held(A.reshape(2, 3)),
    "turned": Held(A.reshape(3, 2).T),
    "dtype": Held(A.astype(np.float64)),
    "place": Held(None, A),
    "both": Held(A, A),
    "bfloat16": Held(jnp.asarray(A, jnp.bfloat16)),
    "empty": Held(A[:0]),
    "static": Held(A, rate=2.0),
    "key": Held(jax.random.key(0)),
    "another key": Held(jax.random.key(1)),
    "number": Held(3.0),
}


def test_what_differs_has_another_digest():
    assert len({digest(held) for held in DISTINCT.values()}) == len(DISTINCT)


@pytest.mark.parametrize("name", DISTINCT)
def test_a_copy_on_the_device_has_the_same_digest(name):
    held = DISTINCT[name]
    with jax.enable_x64(True):
        assert digest(jax.device_put(held)) == digest(held) or name == "number"


def test_the_address_of_a_function_does_not_count():
    def made():
        return Held(A, rate=lambda x: x)

    assert digest(made()) == digest(made())
