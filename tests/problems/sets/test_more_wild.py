"""The problems of More and Wild against the values of BenDFO and optimagic."""

from typing import get_args

import numpy as np
import pytest

from problems.sets import SETS
from problems.sets.more_wild import members
from problems.sets.more_wild.functions import ROWS

from .in_numpy import numpy_formulas as numpy_formulas
from .in_numpy import of_wild, reaches, solving_moves

pytestmark = pytest.mark.usefixtures("numpy_formulas")

# Of dfovec.py at the starts of dfoxs.py, https://github.com/POptUS/BenDFO.
AT_THE_START = {
    "linear_full_rank_9_45": 72.0,
    "linear_full_rank_9_45_far": 1125.0,
    "linear_rank_1_7_35": 11654195.0,
    "linear_rank_1_7_35_far": 1168591235.0,
    "linear_rank_1_zero_7_35": 4989195.0,
    "linear_rank_1_zero_7_35_far": 500935635.0,
    "rosenbrock_2_2": 24.2,
    "rosenbrock_2_2_far": 1795769.0,
    "helical_valley_3_3": 2500.0,
    "helical_valley_3_3_far": 10600.0,
    "powell_singular_4_4": 215.0,
    "powell_singular_4_4_far": 1615400.0,
    "freudenstein_roth_2_2": 400.5,
    "freudenstein_roth_2_2_far": 154575360.0,
    "bard_3_15": 41.68169586,
    "bard_3_15_far": 1306.23355,
    "kowalik_osborne_4_11": 0.005313172272,
    "meyer_3_16": 1693607809.0,
    "watson_6_31": 16.43083118,
    "watson_6_31_far": 2323367.372,
    "watson_9_31": 26.90416602,
    "watson_9_31_far": 8158876.625,
    "watson_12_31": 73.67820525,
    "watson_12_31_far": 20593837.27,
    "box_three_dimensional_3_10": 1031.153811,
    "jennrich_sampson_2_10": 4171.306162,
    "brown_dennis_4_20": 7926693.337,
    "brown_dennis_4_20_far": 308106428500.0,
    "chebyquad_6_6": 0.0464281723,
    "chebyquad_7_7": 0.03377063846,
    "chebyquad_8_8": 0.03861769829,
    "chebyquad_9_9": 0.02888298029,
    "chebyquad_10_10": 0.03376326546,
    "chebyquad_11_11": 0.02674060326,
    "brown_almost_linear_10_10": 273.2480478,
    "osborne_1_5_33": 16.17411254,
    "osborne_2_11_65": 2.093419514,
    "osborne_2_11_65_far": 199.684679,
    "bdqrtic_8_8": 904.0,
    "bdqrtic_10_12": 1356.0,
    "bdqrtic_11_14": 1582.0,
    "bdqrtic_12_16": 1808.0,
    "cube_5_5": 56.5,
    "cube_6_6": 70.5625,
    "cube_8_8": 98.6875,
    "mancino_5_5": 2539084359.0,
    "mancino_5_5_far": 6873795260000.0,
    "mancino_8_8": 3367961146.0,
    "mancino_10_10": 3735127013.0,
    "mancino_12_12": 3991072354.0,
    "mancino_12_12_far": 11300149980000.0,
    "heart8_8_8": 9.385672311,
    "heart8_8_8_far": 33658150720.0,
}
LOCAL = {
    "freudenstein_roth_2_2",
    "freudenstein_roth_2_2_far",
    "bard_3_15_far",
    "chebyquad_10_10",
    "brown_almost_linear_10_10",
    "osborne_2_11_65_far",
}
# The best values of optimagic's benchmark set, of each problem that has no zero.
LEAST = {
    "linear_full_rank_9_45": 36.0,
    "linear_rank_1_7_35": 8.380281690143324,
    "linear_rank_1_zero_7_35": 9.880597014926506,
    "bard_3_15": 0.00821487730657897,
    "kowalik_osborne_4_11": 0.00030750560384924,
    "meyer_3_16": 87.945855170395831,
    "watson_6_31": 0.00228767005355236,
    "watson_9_31": 1.399760e-6,
    "watson_12_31": 4.722381e-10,
    "jennrich_sampson_2_10": 124.3621823556148,
    "brown_dennis_4_20": 85822.20162635,
    "chebyquad_8_8": 0.003516873725677,
    "chebyquad_10_10": 0.00477271369637536,
    "chebyquad_11_11": 0.00279976155186576,
    "osborne_1_5_33": 0.00005464894697483,
    "osborne_2_11_65": 0.0401377362935477,
    "bdqrtic_8_8": 10.2389734213174,
    "bdqrtic_10_12": 18.28116175359353,
    "bdqrtic_11_14": 22.260591734883817,
    "bdqrtic_12_16": 26.2727663967939,
}
SOLVED = {
    "linear_full_rank_9_45": {"constant"},
    "linear_full_rank_9_45_far": {"constant", "shrinking"},
    "linear_rank_1_7_35": {
        "constant",
        "one random direction",
        "random walk",
        "shrinking",
    },
    "linear_rank_1_7_35_far": {"constant", "shrinking"},
    "linear_rank_1_zero_7_35": {"constant", "random looks", "random walk", "shrinking"},
    "linear_rank_1_zero_7_35_far": {"constant", "shrinking"},
    "rosenbrock_2_2_far": {"shrinking"},
    "helical_valley_3_3": {"random looks"},
    "powell_singular_4_4": {"shrinking"},
    "powell_singular_4_4_far": {"shrinking"},
    "freudenstein_roth_2_2_far": {"shrinking"},
    "bard_3_15": {"random walk"},
    "meyer_3_16": {"constant", "one random direction", "random looks", "random walk"},
    "watson_6_31_far": {"constant", "shrinking"},
    "watson_9_31_far": {"constant", "shrinking"},
    "watson_12_31_far": {"constant", "shrinking"},
    "box_three_dimensional_3_10": {"shrinking"},
    "brown_dennis_4_20_far": {"shrinking"},
    "brown_almost_linear_10_10": {"constant"},
    "osborne_1_5_33": {"shrinking"},
    "bdqrtic_10_12": {"constant", "shrinking"},
    "bdqrtic_11_14": {"constant", "shrinking"},
    "bdqrtic_12_16": {"constant", "shrinking"},
    "cube_5_5": {"constant"},
    "cube_6_6": {"constant"},
    "cube_8_8": {"constant"},
    "mancino_5_5": {"shrinking"},
    "mancino_5_5_far": {"shrinking"},
    "mancino_8_8": {"shrinking"},
    "mancino_10_10": {"shrinking"},
    "mancino_12_12": {"shrinking"},
    "mancino_12_12_far": {"shrinking"},
    "heart8_8_8_far": {"random walk", "shrinking"},
}


def test_the_53_rows_are_those_of_the_paper():
    assert list(ROWS) == list(AT_THE_START)
    assert get_args(members.Name) == tuple(ROWS)
    assert len(SETS["more_wild"].members(None)) == 53


def test_values_at_the_start_are_those_of_the_authors():
    for name, value in AT_THE_START.items():
        one = of_wild(name)
        assert one.value(one.start) == pytest.approx(value, rel=1e-9), name


def test_least_values_are_those_of_others_or_zero():
    for name in ROWS:
        near = name.removesuffix("_far")
        least = of_wild(name).known.least
        assert least == pytest.approx(LEAST.get(near, 0.0), rel=2e-7), name


def test_the_value_at_a_minimiser_is_the_least_one():
    for member in SETS["more_wild"].members(None):
        one = of_wild(member.name)
        first = one.value(one.start)
        assert one.known.minima or member.kind == "convex"
        for x in one.known.minima:
            least = pytest.approx(member.least, rel=1e-9, abs=1e-19 * first)
            assert one.value(x) == least, member.name


def test_a_least_squares_method_reaches_the_least_value_of_all_but_six():
    assert {name for name in ROWS if not reaches(of_wild(name))} == LOCAL


def test_moves_without_gradients_solve_the_named_members_only():
    found = {name: solving_moves(of_wild(name)) for name in ROWS}
    assert {name: kinds for name, kinds in found.items() if kinds} == SOLVED


def test_residuals_are_those_of_optimagic():
    wild = pytest.importorskip("optimagic.benchmarking.more_wild")
    theirs = list(wild.MORE_WILD_PROBLEMS.values())[: len(ROWS)]
    rng = np.random.default_rng(0)
    for name, other in zip(ROWS, theirs, strict=True):
        one = of_wild(name)
        start = np.asarray(other["start_x"], np.float64)
        np.testing.assert_allclose(one.start, start, rtol=1e-5, err_msg=name)
        for x in (one.start, one.start + 0.01 * rng.standard_normal(start.size)):
            np.testing.assert_allclose(
                np.abs(one.residuals(x)),
                np.abs(other["fun"](x)),
                rtol=1e-9,
                atol=1e-9,
                err_msg=name,
            )
