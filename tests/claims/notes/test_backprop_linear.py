"""Powers of costs, and the paths that are counted."""

from claims.notes import backprop_linear


def test_a_price_that_grows_with_the_depth_is_told_from_a_constant(monkeypatch):
    monkeypatch.setattr(backprop_linear, "NETS", {"depth": {2: [1] * 2, 8: [1] * 8}})
    for price, power, met in ((lambda net: 3.0, 0, True), (len, 1, False)):
        monkeypatch.setattr(backprop_linear, "_ratio", price)
        growth, *_ = backprop_linear.backprop_linear.run().checks
        assert (round(growth.seen.median, 12), growth.met) == (power, met)
        assert growth.form == "as it stands"


def test_paths_are_counted_one_by_one_and_met():
    *_, two, many = backprop_linear.backprop_linear.run().checks
    assert (two.seen.median, two.met) == (2, True)
    assert (many.seen.median, many.met) == (512, True)
