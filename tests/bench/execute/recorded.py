"""Record the events of a run, and replay them against the estimate of the time left.

    python -m tests.bench.execute.recorded LOG.json run CONFIG ...

runs the command and writes its log; the tests replay those in `recorded/`. It prints
the mean seconds of each kind of unit, from which `USUAL` in `time_left.py` is set.
"""

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from bench.cli import main
from bench.execute import progress
from bench.execute.time_left import TimeLeft, Unit

LOGS = Path(__file__).parent / "recorded"
POINTS = 150
"""Times at which the estimate is compared with the truth."""


class Recording(TimeLeft):
    """Keeps what was planned, and when each unit began and ended."""

    def __init__(self, clock):
        super().__init__()
        self.clock, self.start = clock, clock()
        self.plans, self.units, self.open = [], [], {}

    def passed(self):
        return round(self.clock() - self.start, 2)

    def planned(self, units):
        counts = Counter(units)
        self.plans += [[self.passed(), *unit, n] for unit, n in counts.items()]
        super().planned(counts.elements())

    def replanned(self, kind, units):
        self.plans.append([self.passed(), kind, "", "", 0])
        super().replanned(kind, units)

    def began(self, unit, now):
        self.open[unit] = self.passed()
        with mock.patch.object(self, "planned", super().planned):
            super().began(unit, now)

    def ended(self, unit, now):
        self.units.append([*unit, self.open.pop(unit, self.passed()), self.passed()])
        super().ended(unit, now)

    def log(self):
        """Return a log, with a list of names and their numbers, which is shorter."""
        words = (each for row in (*self.plans, *self.units) for each in row)
        names = list(dict.fromkeys(each for each in words if isinstance(each, str)))

        def numbered(rows):
            return [
                [names.index(each) if isinstance(each, str) else each for each in row]
                for row in rows
            ]

        plans, units = numbered(self.plans), numbered(self.units)
        return {"names": names, "plans": plans, "units": units}


class Point(NamedTuple):
    """An estimate of the seconds left, and the truth."""

    elapsed: float
    estimated: float
    true: float

    @property
    def error(self):
        return abs(self.estimated - self.true) / self.true


def load(name):
    """Return the events of a log in their order: seconds, what, unit, count."""
    log = json.loads((LOGS / f"{name}.json").read_text())
    names, events = log["names"], []

    def unit(numbers):
        return Unit(*(names[each] for each in numbers))

    for seconds, *numbers, count in log["plans"]:
        what = "planned" if count else "replanned"
        events.append((seconds, 0, what, unit(numbers), count))
    for *numbers, began, ended in log["units"]:
        events.append((began, 2, "began", unit(numbers), 1))
        events.append((ended, 1 if ended > began else 3, "ended", unit(numbers), 1))
    events.sort(key=lambda event: event[:2])
    return [(seconds, *rest) for seconds, _, *rest in events]


def replay(events):
    """Yield a point for each of `POINTS` equal parts of a run."""
    work, end, number = TimeLeft(), events[-1][0], 0
    for seconds, what, unit, count in events:
        while number < POINTS and end * number / POINTS < seconds:
            now = end * number / POINTS
            yield Point(now, work.seconds(now), end - now)
            number += 1
        apply(work, what, unit, count, seconds)
    yield Point(end, work.seconds(end), 0.0)


def apply(work, what, unit, count, now):
    """Tell an estimate of one event."""
    if what == "planned":
        work.planned([unit] * count)
    elif what == "replanned":
        work.replanned(unit.kind, [])
    elif what == "began":
        work.began(unit, now)
    else:
        work.ended(unit, now)


def judged(events):
    """Return the points that have to be right: after a third, before the last 3 %."""
    end = events[-1][0]
    least = max(2.0, 0.03 * end)
    return [p for p in replay(events) if p.elapsed >= end / 3 and p.true > least]


def means(units):
    """Return the mean seconds of each kind of unit, the first trials apart."""
    seconds, seen = defaultdict(list), set()
    for kind, problem, optimizer, began, ended in units:
        unit = kind, problem, optimizer
        name = "first" if kind == "trial" and unit not in seen else kind
        seen.add(unit)
        seconds[name].append(ended - began)
    return {name: round(sum(s) / len(s), 3) for name, s in seconds.items()}


def record(file, arguments):
    """Run a command, and write the events of its run."""
    report = progress.Lines()
    report.work = Recording(report.clock)
    with mock.patch("bench.execute.progress.reporter", return_value=report):
        status = main(arguments)
    file.write_text(json.dumps(report.work.log(), separators=(",", ":")) + "\n")
    print(means(report.work.units), file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(record(Path(sys.argv[1]), sys.argv[2:]))
