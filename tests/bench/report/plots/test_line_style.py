"""Line styles: nobody takes another's, and forty differ."""

from bench.report.plots.style import consistent_styles, line_styles


def test_who_is_new_takes_the_style_of_nobody():
    known = line_styles(["b", "c"])
    drawn = consistent_styles(["new", "c", "other", "b"], known)
    assert (drawn["b"], drawn["c"]) == (known["b"], known["c"])
    assert len(set(drawn.values())) == 4


def test_forty_optimizers_can_be_told_apart():
    styles = line_styles(map(str, range(40)))
    assert len(set(map(str, styles.values()))) == 40
