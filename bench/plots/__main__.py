"""Draw a part of a run's plots: `python -m bench.plots RUN PART PARTS`."""

import json
import sys

from ..errors import BenchError
from .write import write


def main() -> int:
    """Draw, and say on standard output what was drawn by which job."""
    folder, part, parts = sys.argv[1:]
    try:
        drawn = write(folder, int(part), int(parts))
    except (BenchError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps([[place, str(path)] for place, path in drawn]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
