"""Print every figure, each a ratio measured side by side: make performance."""

import platform

import jax
import psutil

from . import everyday, overhead


def main() -> None:
    """Measure and print; nothing passes or fails here."""
    cores = psutil.cpu_count(logical=False)
    device = jax.devices()[0].device_kind
    print(f"{platform.machine()}, {cores} cores, {device}, jax {jax.__version__}")
    print("median of pairs [quartiles]\n")
    for name, found in overhead.over_bare_loops().items():
        most = "1.03" if "while_loop" in name else "1.06"
        print(f"trial of 1 s, {name:28s} at most {most}: {found}")
    found = overhead.metered_over_unmetered()
    print(f"metered over unmetered, smallest problem, at most 1.02: {found}")
    found = everyday.over_python_loop()
    print(f"harness over Python loop, a step, at most 0.1: {found}")
    print(f"compilations, 3 seeds x 8 rates at most 1: {everyday.compilations()}")
    for verb, most in (("--help", 0.3), ("list", 2.0)):
        seconds = everyday.seconds_to_answer(verb)
        print(f"seconds until {verb} has answered, at most {most}: {seconds:.2f}")
    print("Newton over scikit-learn, 1,000,000 x 11 at most 0.4:")
    print(f"  {everyday.newton_over_scikit_learn()}")


if __name__ == "__main__":
    main()
