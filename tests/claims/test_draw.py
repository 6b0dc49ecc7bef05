"""Curves are drawn as given, predictions on top."""

import matplotlib.figure
import numpy as np

from claims import lines


def test_curves_and_predictions_are_drawn_with_their_names_and_labels():
    figure = matplotlib.figure.Figure()
    curves = {"a": [3.0, 2.0], "b": ([1, 10], [4.0, 5.0])}
    dashed = {"b's law": ([1, 10], [4.0, 4.5])}
    axes = lines(
        curves, "n", "loss", x_log=True, dashed=dashed, ticks=(1, 10), ylim=(1, 9)
    )(figure)
    assert [line.get_label() for line in axes.lines] == ["a", "b", "b's law"]
    np.testing.assert_array_equal(axes.lines[0].get_xdata(), [0, 1])
    np.testing.assert_array_equal(axes.lines[1].get_xydata(), [[1, 4], [10, 5]])
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("n", "loss")
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["1", "10"]
    assert axes.get_ylim() == (1, 9)
