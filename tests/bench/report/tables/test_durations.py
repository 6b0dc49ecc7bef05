"""Where the time of trials went, by problem."""

from bench.report.groups import Results
from bench.report.tables.durations import duration_table
from bench.report.tables.summary import write
from bench.store.run import load

from ...synthetic_run import Course, Racer, change, plan, write_run


def spent(on, off, compiling, wall):
    return {
        "on_clock_seconds": on,
        "off_clock_seconds": off,
        "compile_seconds": compiling,
        "wall_seconds": wall,
    }


def test_seconds_are_summed_by_problem_and_part(tmp_path):
    courses = [Course("bowl", steps=20), Course("dish", steps=20)]
    folder = write_run(tmp_path, courses, [Racer("sgd", 0.9)], seeds=2)
    for spec in plan(folder):
        far = spec.problem_label == "dish"
        change(folder, spec.key, **spent(0.1 + far, 0.2, 1.0 - spec.seed, 1.5 + far))
    table = duration_table(Results(load(folder)))
    assert table.columns[2:] == (
        *("on the clock", "off the clock", "making programs", "rest", "wall"),
    )
    assert table.rows == (
        ("bowl", "2", "200 ms", "400 ms", "1.00 s", "1.40 s", "3.00 s"),
        ("dish", "2", "2.20 s", "400 ms", "1.00 s", "1.40 s", "5.00 s"),
        ("all problems", "4", "2.40 s", "800 ms", "2.00 s", "2.80 s", "8.00 s"),
    )
    assert "## Where the time went" in write(folder)
    assert "Where the time went" not in (folder / "short.md").read_text()


def test_a_program_that_was_not_made_took_no_known_time(tmp_path):
    folder = write_run(tmp_path, [Course(steps=20)], [Racer("sgd", 0.9)], seeds=2)
    first, second = plan(folder)
    change(folder, first.key, **spent(0.5, 0.5, 1.0, 2.0))
    change(folder, second.key, **spent(0.0, 0.0, 3.0, 0.0))  # ended by its executor
    (row,) = duration_table(Results(load(folder))).rows
    assert row == ("bowl", "2", "500 ms", "500 ms", "4.00 s", "0 s", "2.00 s")
