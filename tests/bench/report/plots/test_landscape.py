"""Trajectories on the contours of a problem with two parameters, from files alone."""

import io
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from bench.core.readings import READINGS
from bench.report.groups import Results
from bench.report.plots import animation, landscape
from bench.report.plots.scene import by_problem, scene
from bench.report.plots.style import column_style, line_styles
from bench.report.plots.trajectories import trajectories
from bench.store import landscapes
from bench.store.run import load

from ...synthetic_run import Course, Racer, write_run

SIDE = 31
AWAY = [(0.0, 0.0), (1.0, 0.5), (1.5, 1.0), (9.0, 1.0)]
INSIDE = [(0.0, 0.0), (0.5, 0.5), (1.0, 0.5), (1.5, 0.2)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with a grid, whose trials have kept no trajectories."""
    racers = [Racer("far", 0.9), Racer("near", 0.8)]
    made = write_run(
        tmp_path_factory.mktemp("land"), [Course(steps=3)], racers, seeds=1
    )
    x = np.linspace(-2, 2, SIDE)
    losses = x[None] ** 2 + 10 * x[:, None] ** 2
    plain = {"x1": [-2.0, 2.0], "x2": [-2.0, 2.0], "minimisers": [[0.0, 0.0]]}
    rows: list = losses.tolist()
    rows[0][0] = None
    landscapes.add(made, "bowl", plain | {"loss": rows})
    return made


@pytest.fixture(scope="module")
def shown(folder):
    """Return a scene, its landscape and two trajectories; one leaves the grid."""
    run = load(folder)
    sources = {}
    for record, points in zip(run.records, (AWAY, INSIDE), strict=True):
        trace = run.trace(record.key).iloc[:4].copy()
        trace["x1"], trace["x2"] = np.transpose(points)
        trace["step"] = np.arange(len(trace))
        for name in READINGS:
            trace[name] = 0
        trace["gradient"] = np.arange(len(trace))
        trace["hessian"] = [0, 0, 1, 1]
        trace["forward"] = [0, 5, 5, 5]
        sources[record.key] = trace
    run = replace(run, sources=sources)
    results = Results(run)
    contents = scene(results, by_problem(results)["bowl"])
    known = [
        trajectory._replace(steps=3) for trajectory in trajectories(run, contents.lines)
    ]
    return contents, landscapes.read(folder)["bowl"], known


STYLES = line_styles(("far", "near"))


def test_a_grid_is_read_as_it_was_written(folder):
    land = landscapes.read(folder)["bowl"]
    assert np.isnan(land.loss[0, 0])
    assert land.loss[SIDE // 2, -1] == 4 < land.loss[-1, SIDE // 2]  # rows are x2
    assert land.minimisers.tolist() == [[0.0, 0.0]]


def test_a_step_is_marked_by_its_rarest_kind_of_call(shown):
    _, _, known = shown
    for trajectory in known:
        assert trajectory.kind == ["", "forward", "hessian", "gradient"]


def test_a_path_through_some_steps_alone_is_called_so(shown):
    contents, land, known = shown
    with column_style():
        whole = landscape.figure(contents, land, known, STYLES)
        thin = [trajectory._replace(steps=100) for trajectory in known]
        thinned = landscape.figure(contents, land, thin, STYLES)
    said = ["evaluated steps alone" in _said(each) for each in (whole, thinned)]
    assert said == [False, True]


def _said(figure):
    return " ".join(text.get_text().replace("\n", " ") for text in figure.texts)


def test_a_path_that_leaves_the_grid_is_marked_on_its_edge(shown):
    contents, land, known = shown
    with column_style():
        figure = landscape.figure(contents, land, known, STYLES)
    (axes,) = figure.axes
    by_end = {trajectory.at[-1][0]: trajectory for trajectory in known}
    assert landscape.left_at(by_end[1.5], axes) is None
    edge = landscape.left_at(by_end[9.0], axes)
    np.testing.assert_allclose(edge, [axes.get_xlim()[1], 1.0])
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert {"far", "near", "start", "minimiser", "leaves the picture"} <= {*names}


def test_the_animation_has_each_step_and_the_same_bytes_each_time(shown):
    with column_style():
        made, again = (animation.animation(*shown, STYLES) for _ in range(2))
    assert made.content == again.content
    moving = Image.open(io.BytesIO(made.content))
    assert moving.n_frames == 4
    frames = []
    for frame in range(4):
        moving.seek(frame)
        frames.append(np.asarray(moving.convert("RGB")).copy())
    assert all((a != b).any() for a, b in pairwise(frames))


def test_many_steps_are_shown_by_few_frames_of_which_the_first_are_all():
    steps = animation._steps(10_000)
    assert len(steps) <= animation.FRAMES + 2
    assert steps[:5] == [0, 1, 2, 3, 4]
    assert steps[-1] == 10_000


def test_a_flat_loss_and_trials_without_paths_are_no_error(shown, folder):
    contents, land, known = shown
    flat = land._replace(loss=np.ones_like(land.loss))
    with column_style():
        assert landscape.figure(contents, flat, known, STYLES)
    assert not [*trajectories(load(folder), contents.lines)]
