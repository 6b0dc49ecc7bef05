"""Powers of k, and the Hessian's entries."""

import pytest

from claims.blog import hessian_grows


@pytest.mark.parametrize(
    ("cost", "name", "spent", "power", "form", "met"),
    [
        ("bytes", "Newton, net", [3e2, 12e2, 48e2], 2, "as it stands", True),
        ("seconds", "Newton, net", [3e2, 9e2, 27e2], 1.585, "as it stands", True),
        ("bytes", "Newton, net", [3e2, 9e2, 27e2], 1.585, "as it stands", False),
        ("seconds", "Newton, net", [3e2, 6e2, 12e2], 1, "as it stands", False),
        ("bytes", "Newton-CG, net", [3e2, 6e2, 12e2], 1, "beside", True),
    ],
)
def test_the_power_of_a_curve_is_its_own(cost, name, spent, power, form, met):
    (growth,) = hessian_grows._growth(cost, {name: ([10, 20, 40], spent)})
    assert growth.seen.median == pytest.approx(power, abs=1e-3)
    assert (growth.form, growth.met) == (form, met)


def test_2000_parameters_have_4_million_entries():
    entries = hessian_grows._entries()
    assert entries.seen.median == 2_000**2
    assert entries.met
