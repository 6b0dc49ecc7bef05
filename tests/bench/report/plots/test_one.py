"""One figure of a run, asked for by problem and axes or by name."""

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from bench.core.errors import RunError
from bench.report.plots.one import figure_of, names_of, progress_of
from bench.store.run import load

from ...synthetic_run import Course, Racer, write_run

RACERS = [Racer("slow", 0.98), Racer("fast", 0.5)]
COURSES = [
    Course(steps=40, metrics=("held_out_accuracy",)),
    Course("valley/1", steps=40),
]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return load(write_run(tmp_path_factory.mktemp("run"), COURSES, RACERS, seeds=2))


def labels(figure):
    return [(axes.get_xlabel(), axes.get_ylabel()) for axes in figure.axes]


def test_the_first_problem_against_the_usual_costs(run):
    figure = progress_of(run)
    assert figure.texts[0].get_text() == "bowl"
    assert [y for _, y in labels(figure)] == ["suboptimality"] * 3


def test_a_value_against_costs_on_a_problem(run):
    figure = progress_of(run, "bowl", "held_out_accuracy", ["steps", "gradient"])
    assert labels(figure) == [
        ("steps", "held-out accuracy"),
        ("gradients (calls)", "held-out accuracy"),
    ]
    assert progress_of(run, "valley/1").texts[0].get_text() == "valley/1"


def test_the_users_own_settings_are_left_alone_and_do_not_matter(run):
    before = dict(mpl.rcParams)
    with mpl.rc_context({"font.size": 30, "xtick.labelsize": 30}):
        figure = progress_of(run)
        assert mpl.rcParams["font.size"] == 30
        ticks = [t for axes in figure.axes for t in axes.get_xticklabels()]
        assert {tick.get_fontsize() for tick in ticks} == {8}
    assert dict(mpl.rcParams) == before


def test_a_notebook_shows_it_without_pyplot(run):
    png, size = progress_of(run)._repr_png_()
    assert png.startswith(b"\x89PNG")
    assert size["width"] == 510


def test_every_plot_has_a_name(run):
    assert "bowl-panel" in names_of(run)
    assert "profiles" in names_of(run)
    assert "over 2 problems" in figure_of(run, "profiles").texts[0].get_text()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"problem": "bowls"}, r"no problem 'bowls'\. Did you mean \"bowl\"\?"),
        ({"y": "held_out_acuracy"}, r'Did you mean "held_out_accuracy"'),
        ({"x": ["gradients"]}, r"no cost 'gradients'\. Did you mean \"gradient\"\?"),
        (
            {"problem": "valley/1", "y": "held_out_accuracy"},
            "no trial on 'valley/1' has held_out_accuracy against a cost",
        ),
    ],
)
def test_what_is_not_there_is_named(run, asked, words):
    with pytest.raises(RunError, match=words):
        progress_of(run, **asked)


def test_an_unknown_name_and_one_that_shows_nothing(run, tmp_path):
    with pytest.raises(RunError, match=r"no plot 'profile'\. Did you mean \"profiles"):
        figure_of(run, "profile")
    bare = load(write_run(tmp_path, [COURSES[0]], RACERS[:1], seeds=1, priced=False))
    with pytest.raises(RunError, match="nothing to show in 'bowl-break_even'"):
        figure_of(bare, "bowl-break_even")


def test_pyplot_makes_the_picture_of_a_notebook_no_coarser(run, monkeypatch):
    shown = pytest.importorskip("IPython.display")
    formatters = pytest.importorskip("IPython.core.formatters")
    notebook, seen = formatters.DisplayFormatter(), []
    picture = notebook.formatters["image/png"]
    picture.for_type(Figure, lambda figure: b"coarse")  # as pyplot's backend does
    monkeypatch.setattr(shown, "display", seen.append)
    figure = progress_of(run)
    assert notebook.format(figure) == ({}, {})
    (image,) = seen
    assert image.data == figure._repr_png_()[0]
    assert (image.width, image.height) == tuple(figure._repr_png_()[1].values())
