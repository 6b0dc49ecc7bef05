"""Where steps with the factors and signs of a derivation land."""

import pytest

from claims.blog import derivation_signs


def test_the_printed_step_doubles_the_distance_and_the_repaired_one_removes_it():
    evidence = derivation_signs.derivation_signs.run()
    stands, repaired, *beside = evidence.checks
    assert (stands.form, repaired.form) == ("as it stands", "repaired")
    assert stands.seen.median == pytest.approx(2, rel=1e-9)
    assert repaired.seen.median == pytest.approx(0, abs=1e-9)
    assert [check.met for check in beside] == [True] * 4
