"""Compile with little of LLVM's optimisation: tests ask for right numbers."""

import os

# Before anything imports JAX, and for the workers that tests start.
_FLAGS = (os.environ.get("XLA_FLAGS", ""), "--xla_backend_optimization_level=1")
os.environ["XLA_FLAGS"] = " ".join(filter(None, _FLAGS))
