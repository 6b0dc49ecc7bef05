"""Where Adam stands in for muon, the trial's record and the table's notes say so."""

import bench
from bench.report.groups import Results
from bench.report.tables.summary import Tables

CONFIG = """
name = "stand-in"
[budget]
steps = 3
[[problems]]
name = "quadratic"
spectrum = [1.0, 2.0]
[[optimizers]]
name = "optax.contrib.muon"
learning_rate = 0.1
[[optimizers]]
name = "sgd"
learning_rate = 0.1
"""
WORDS = "Adam stands in for muon: no parameter is a matrix"


def test_the_record_and_the_table_say_who_stood_in():
    run = bench.experiment(CONFIG)
    ends = {r.spec.label: (r.end, r.stand_in) for r in run.records}
    assert ends == {"optax.contrib.muon": ("budget", WORDS), "sgd": ("budget", "")}
    shown, *_ = Tables(Results(run)).all()
    assert f"optax.contrib.muon: {WORDS}" in shown.notes
    assert not any(note.startswith("sgd: ") for note in shown.notes)
