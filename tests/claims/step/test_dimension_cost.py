"""Powers are compared with the sentence's, and with those of a value."""

from claims.step import dimension_cost


def met(expected, of_call, of_value):
    checks = dimension_cost._checks("x", expected, of_call, of_value)
    return [(check.form, check.met) for check in checks]


def test_powers_decide_what_dimension_costs():
    assert met(1, 1.05, 1.0) == [("as it stands", True), ("repaired", True)]
    assert met(2, 2.98, 1.99) == [("as it stands", False), ("repaired", True)]
    assert met(2, 2.98, 1.5) == [("as it stands", False), ("repaired", False)]
