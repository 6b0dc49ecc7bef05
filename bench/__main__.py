"""`python -m bench`."""

import os
import sys


def working_directory_last() -> None:
    """Search the working directory after all other places.

    A user's `optimizers.py` or `json.py` there then shadows no module of this project
    or of Python. A checkout in the working directory stays first: it is this project.
    """
    project = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    if not sys.flags.safe_path and os.path.realpath(sys.path[0]) != project:
        sys.path.append(sys.path.pop(0))


if __name__ == "__main__":
    working_directory_last()
    from .cli.main import leave, main

    leave(main())
