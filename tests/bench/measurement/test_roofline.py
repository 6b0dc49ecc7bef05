"""The roofline is what was done over its seconds."""

from bench.measurement import prices


def test_rates_are_what_was_done_over_its_seconds(monkeypatch):
    """Two million additions and products in 2 s, 8 MiB read and written in 3 s."""
    monkeypatch.setattr(prices, "ORDER", 100)
    monkeypatch.setattr(prices, "NUMBERS", 2**20)
    timed, seconds = [], iter([2.0, 3.0])

    def least(run):
        timed.append(run(2))
        return next(seconds)

    monkeypatch.setattr(prices, "_least", least)
    rates = prices.roofline("float32")
    assert rates.flops_per_second == 2 * 100**3 / 2.0
    assert rates.bytes_per_second == 2 * 4 * 2**20 / 3.0
    assert min(timed) > 0


def test_it_is_measured_once_for_each_dtype_and_precision(monkeypatch):
    measured = []
    monkeypatch.setattr(prices, "roofline", measured.append)
    prices.kept_roofline.cache_clear()
    for key in (("float32", ""), ("float32", ""), ("float64", ""), ("float32", "high")):
        prices.kept_roofline(*key, "device")
    prices.kept_roofline.cache_clear()
    assert measured == ["float32", "float64", "float32"]
