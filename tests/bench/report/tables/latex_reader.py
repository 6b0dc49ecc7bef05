"""A reader of the tables that LaTeX would set: environments, rows, cells."""

import re

_CELL = re.compile(r"(?<!\\)&")


class Environment:
    """An environment of LaTeX: its name, and all that is inside."""

    def __init__(self, name, text):
        self.name, self.text = name, text


def environments(text):
    """Return the outermost environments; every one must end where it should."""
    found, open_ones, start = [], [], 0
    for mark in re.finditer(r"\\(begin|end)\{([a-z*]+)\}", text):
        if mark[1] == "begin":
            start = start if open_ones else mark.end()
            open_ones.append(mark[2])
        else:
            assert open_ones.pop() == mark[2]
            if not open_ones:
                found.append(Environment(mark[2], text[start : mark.start()]))
    assert not open_ones
    return found


def argument(text, command):
    """Return the argument of a command, braces balanced."""
    start = text.index(f"\\{command}{{") + len(command) + 2
    depth, end = 1, start
    while depth:
        depth += {"{": 1, "}": -1}.get(text[end], 0) * (text[end - 1] != "\\")
        end += 1
    return text[start : end - 1]


def rows(environment):
    """Return the cells of heading and rows of a table's tabular."""
    body = re.search(r"\\begin\{tabular\}(.*?)\\end\{tabular\}", environment.text, re.S)
    _, _, inside = body[1].partition("\\toprule")
    inside, _, rest = inside.partition("\\bottomrule")
    assert not rest.strip()
    head, _, under = inside.partition("\\midrule")
    lines = [head, *under.strip().splitlines()]
    assert all(line.strip().endswith("\\\\") for line in lines)
    cells = [_CELL.split(line.strip().removesuffix("\\\\")) for line in lines]
    return [[cell.strip() for cell in row] for row in cells]
