"""Line styles: by name alone, nobody takes another's, and forty differ."""

import random

from bench.report.plots.style import (
    KNOWN,
    line_styles,
    optimizer_styles,
    styles_of_lines,
)
from optimizers import names

from ...hostile import LABELS

MINE = optimizer_styles(["my own"])["my own"]


def test_who_is_new_takes_the_style_of_nobody():
    known = line_styles(["b", "c"])
    drawn = optimizer_styles(["new", "c", "other", "b"], known)
    assert (drawn["b"], drawn["c"]) == (known["b"], known["c"])
    assert len(set(drawn.values())) == 4


def test_forty_optimizers_can_be_told_apart():
    for styles in (line_styles, optimizer_styles):
        drawn = styles(map(str, range(40)))
        assert len(set(map(str, drawn.values()))) == 40


def test_a_name_has_its_style_in_any_order_and_company():
    alone = {name: optimizer_styles([name])[name] for name in KNOWN}
    assert len(set(alone.values())) == len(KNOWN)
    together = [*KNOWN, *LABELS, *names()]
    styles = optimizer_styles(together)
    assert {name: styles[name] for name in KNOWN} == alone
    for seed in range(5):
        shuffled = random.Random(seed).sample(together, len(together))
        assert optimizer_styles(shuffled) == styles
    for company in ([], ["sgd"], ["adam", "newton"]):
        assert optimizer_styles(["my own", *company])["my own"] == MINE


def test_a_method_of_optax_looks_like_ours_unless_both_are_there():
    (alone,) = optimizer_styles(["optax.lbfgs"]).values()
    both = optimizer_styles(["optax.lbfgs", "lbfgs"])
    assert both["lbfgs"] == alone != both["optax.lbfgs"]


def test_the_untuned_has_the_colour_and_mark_of_the_tuned():
    drawn = optimizer_styles(["x", "x, untuned"], beside={"x, untuned": "x"})
    tuned, untuned = drawn["x"], drawn["x, untuned"]
    assert (tuned.colour, tuned.marker) == (untuned.colour, untuned.marker)
    assert tuned.dash != untuned.dash


def test_no_mark_looks_like_that_of_what_diverged():
    styles = optimizer_styles([*KNOWN, *map(str, range(500))]).values()
    assert not {"x", "X"} & {style.marker for style in styles}


def test_more_names_than_styles_have_one_all_the_same():
    assert len(optimizer_styles(map(str, range(500)))) == 500


def test_an_optimizer_of_several_runs_has_one_colour_and_mark():
    settings = [("adam", "a=1"), ("adam", "a=2"), ("adam", "a=3"), ("mine", "")]
    lines = {(run, *own): own for run in range(3) for own in settings}
    styles = styles_of_lines(lines)
    assert len(set(styles.values())) == len(lines)
    for own in settings:
        alike = [styles[run, *own] for run in range(3)]
        assert len({(style.colour, style.marker) for style in alike}) == 1
        assert len({style.dash for style in alike}) == 3
    alone = optimizer_styles(["adam", "mine"])
    assert styles[0, "adam", "a=1"] == alone["adam"]
    assert styles[0, "mine", ""] == alone["mine"]
    assert {styles[key].colour for key in lines if key[1] == "adam"} == {
        alone["adam"].colour
    }


def test_settings_of_one_run_differ_in_dashes_before_marks():
    lines = {place: ("adam", str(place)) for place in range(9)}
    styles = list(styles_of_lines(lines).values())
    assert len({style.dash for style in styles[:4]}) == 4
    assert len({style.marker for style in styles[:4]}) == 1
    assert len({style.colour for style in styles}) == 1
    assert len(set(styles)) == 9
