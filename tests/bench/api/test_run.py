"""A run from Python: what a notebook shows of it."""

from html.parser import HTMLParser

import pytest

import bench
from bench.api.page import Page
from bench.core.errors import StoreError
from bench.report.groups import Results
from bench.report.tables.summary import Tables, write
from bench.store import made

from ..hostile import LABELS
from ..synthetic_run import Course, Racer, write_run

RACERS = [Racer("<script>alert(1)</script>", 0.9), Racer("fast", 0.5)]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    return bench.load(write_run(folder, [Course(steps=60)], RACERS, seeds=2))


class Tags(HTMLParser):
    """The tags of a page with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.seen = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))


def test_it_shows_its_short_tables_with_labels_as_text(run):
    shown = run._repr_html_()
    assert {tag for tag, _ in Tags(shown).seen} <= {
        *("div", "p", "h2", "table", "thead", "tbody", "tr", "th", "td", "ul", "li")
    }
    assert "1 problem, 2 optimizers, 2 seeds" in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "target 2" in shown


def test_where_only_tables_are_kept_it_shows_those(run, tmp_path):
    kept = tmp_path / "kept"
    made.keep(run, kept, Tables(Results(run)).contents())
    assert bench.load(kept)._repr_html_() == run._repr_html_()


def test_a_label_of_any_kind_can_be_shown(tmp_path):
    racers = [Racer(label, 0.5) for label in LABELS]
    folder = write_run(tmp_path / "run", [Course(steps=5)], racers, seeds=1)
    assert "回归" in bench.load(folder)._repr_html_()
    write(folder)


def test_its_plots_are_those_of_the_verb(run):
    assert "bowl-panel" in run.plots
    assert run.plot().texts[0].get_text() == "bowl"
    figure = run.plot("bowl", y="loss", x="steps")
    assert figure.axes[0].get_xlabel() == "steps"
    assert len(run.plot(x=["steps", "seconds"]).axes) == 2
    assert run.plot(name="bowl-calls").texts[0].get_text().startswith("bowl")


def test_a_page_is_shown_in_a_frame_that_holds_all_of_it(tmp_path):
    text = "<!doctype html><script>\"a\" && 'b'</script>é"
    page = Page(text)
    ((_, _), (tag, attributes)) = Tags(page._repr_html_()).seen
    assert tag == "iframe"
    assert attributes["srcdoc"] == text
    assert "allow-same-origin" not in attributes["sandbox"]
    assert page.write(tmp_path / "new" / "page.html").read_text("utf-8") == text
    assert text not in repr(page)


def test_a_style_of_no_optimizer_names_the_nearest(run):
    with pytest.raises(KeyError, match=r'no optimizer "fsat"\. Did you mean "fast"'):
        print(run.styles["fsat"])
    assert run.styles.get("fsat") is None


def test_a_page_replaces_a_page_and_no_other_file(run, tmp_path):
    page, path = run.report(), tmp_path / "page.html"
    assert page.write(page.write(path)) == path
    path.write_text("mine")
    with pytest.raises(StoreError, match=r"page\.html: a file that is no Gradmeter"):
        page.write(path)
    assert path.read_text() == "mine"


def test_its_report_is_the_page_of_the_verb(run):
    text = run.report().html
    assert text.lstrip().lower().startswith("<!doctype html>")
    assert "<script>alert(1)" not in text


def test_an_experiment_can_be_plotted_and_reported():
    run = bench.experiment("""
name = "two"
[budget]
steps = 5
[[problems]]
name = "quadratic"
spectrum = [1.0, 2.0]
[[optimizers]]
name = "sgd"
learning_rate = 0.1
""")
    assert isinstance(run, bench.Run)
    assert run.plot(x="gradient").axes[0].get_xlabel() == "gradients (calls)"
    assert "1 trial: " in run._repr_html_()
    assert "quadratic" in run.report().html


def test_its_styles_are_those_of_its_plots(run):
    assert set(run.styles) == {racer.label for racer in RACERS}
    drawn = {line.get_color() for line in run.plot().axes[0].lines}
    assert {style.line["color"] for style in run.styles.values()} <= drawn
