"""The roofline is what was done over its seconds."""

from bench.measurement import roofline


def test_rates_are_what_was_done_over_its_seconds(monkeypatch):
    """Two million additions and products in 2 s, 8 MiB read and written in 3 s."""
    monkeypatch.setattr(roofline, "ORDER", 100)
    monkeypatch.setattr(roofline, "NUMBERS", 2**20)
    timed, seconds = [], iter([2.0, 3.0])

    def least(run):
        timed.append(run(2))
        return next(seconds)

    monkeypatch.setattr(roofline, "_least", least)
    rates = roofline.roofline("float32")
    assert rates.flops_per_second == 2 * 100**3 / 2.0
    assert rates.bytes_per_second == 2 * 4 * 2**20 / 3.0
    assert min(timed) > 0
