"""Measure how fast this is beside other software: make performance."""

import argparse
import importlib
from pathlib import Path

from . import figure, page

SECTIONS = (
    *("overhead", "everyday", "kernels", "steps", "networks", "models", "sweeps"),
    *("scaling", "wall", "report"),
)
ASKED_FOR = ("standing", "accelerator", "workers", "cluster", "devices")
"""Not measured unless asked for by name."""
FOLDER = Path("results/reference/performance")


def main() -> None:
    """Measure sections and print them; nothing passes or fails here."""
    parser = argparse.ArgumentParser(prog="python -m tests.performance")
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, *ASKED_FOR, []])
    parser.add_argument("--out", type=Path, default=FOLDER, help=f"[{FOLDER}]")
    chosen = parser.parse_args()
    print(figure.machine())
    for section in chosen.sections or SECTIONS:
        measured = []
        print(f"\n{section}: median of pairs [quartiles]")
        for each in importlib.import_module(f".{section}", __package__).figures():
            print(page.line(each), flush=True)
            measured.append(each)
        figure.write(chosen.out / f"{section}.csv", measured)
    page.write(chosen.out, (*SECTIONS, *ASKED_FOR))


if __name__ == "__main__":
    main()
