"""Reports in a browser: every panel is drawn, and what is clicked does what it says."""

import csv
import io
from pathlib import Path

import pytest

from .runs import HOSTILE

HAS_CHART = "(id) => Report.panels.find((p) => p.id === id).chart ?? false"
STALE = "() => Report.panels.filter((p) => p.body && p.stale).length"
TARGET = "() => Report.state.target.tau"
IS_AS_WIDE = "(width) => document.documentElement.scrollWidth === width"
WIDTHS = (390, 1280, 1920)
"""Pixels of a phone, a laptop and a large screen."""
HIDE_ALL = "() => Report.set({hidden: new Set(Report.visible())})"
SAID = "() => document.getElementById('live').textContent"
FOCUSED = "() => document.activeElement.id"
OUTLINE = """() => {
    const {outlineWidth, outlineStyle} = getComputedStyle(document.activeElement);
    return `${outlineWidth} ${outlineStyle}`;
}"""
IS_CLEAR = """() => {
    const bar = document.getElementById("bar");
    const {bottom, height} = document.activeElement.getBoundingClientRect();
    const covered = bar.getBoundingClientRect();
    const isOutside = bottom <= covered.top || bottom > covered.bottom;
    return bar.contains(document.activeElement) || height === 0 || isOutside;
}"""
"""Whether the bar leaves the focused element in view."""
ENDS = """() => {
    const chart = document.querySelector("#curves .js-plotly-plot");
    const {xaxis, yaxis} = chart._fullLayout;
    return [xaxis.range, yaxis.range];
}"""
ORDER = """() => {
    window.order = [];
    const draw = Report.draw;
    Report.draw = (panel) => {
        if (!panel.fixed) window.order.push(panel.id);
        draw(panel);
    };
}"""
CLICK = """(trace) => {
    const chart = document.querySelector("#curves .js-plotly-plot");
    const data = chart.data.find(({name}) => name === trace);
    chart.emit("plotly_click", {points: [{data, pointNumber: 1}]});
}"""


@pytest.fixture
def several(report):
    """The report of three problems and three optimizers."""
    return report("several")


def test_every_panel_is_drawn_without_error_and_without_a_request(every):
    for name in every.panels:
        panel = every.show(name)
        assert panel.inner_text().strip()
        if every.page.evaluate(HAS_CHART, name):
            assert panel.locator(".main-svg, .body .note").count()
    words = every.page.locator("body").inner_text()
    for wrong in ("undefined", "NaN", "[object", "null"):
        assert wrong not in words
    assert every.complaints == []
    assert every.requests == [every.page.url]


def test_every_choice_is_drawn_without_error(every):
    for name in every.panels:
        every.show(name)
    for place in range(every.page.locator("select").count()):
        for option in range(6):
            select = every.page.locator("select").nth(place)  # may be made anew
            if option < select.locator("option").count():
                select.select_option(index=option)
                every.settle()
    assert every.complaints == []


def test_charts_and_controls_have_a_name(every):
    for name in every.panels:
        every.show(name)
    for chart in every.page.locator(".js-plotly-plot").all():
        assert chart.get_attribute("role") == "img"
        assert len(chart.get_attribute("aria-label")) > 10
    for control in every.page.locator("select, input, button").all():
        assert control.evaluate("(e) => !!(e.labels?.length || e.textContent)")


def test_tables_have_a_caption_and_headings(every):
    for name in every.panels:
        every.show(name)
    for ending in every.page.locator("#endings .counts button").all()[:2]:
        ending.click()
    tables = every.page.locator("table").all()
    assert tables
    for table in tables:
        assert table.locator("caption").text_content().strip()
        assert table.locator("thead th:not([scope=col])").count() == 0
        rows = table.locator("tbody tr").count()
        assert table.locator("tbody tr:has(th[scope=row])").count() == rows > 0


def test_the_focus_can_be_seen(several):
    several.show("table")
    several.page.evaluate("() => scrollTo(0, 0)")
    several.settle()
    for _ in range(40):
        several.page.keyboard.press("Tab")
        assert several.page.evaluate(OUTLINE) == "3px solid"
        several.wait(IS_CLEAR)  # what is drawn meanwhile may move it


def test_a_click_takes_an_optimizer_away_and_a_double_click_leaves_it_alone(several):
    many, slow = (
        several.page.locator("#bar button", has_text=name) for name in ("many", "slow")
    )
    several.show("curves")
    drawn = several.colours("curves")
    many.click()
    several.show("profiles")
    assert several.lines("profiles") == ["few", "slow"]
    several.show("curves")
    assert several.colours("curves") < drawn
    rows = several.show("table").locator("tbody tr:visible").all_inner_texts()
    assert len(rows) == 6
    assert not any("many" in row for row in rows)
    several.settle()
    slow.dblclick()
    several.show("profiles")
    assert several.lines("profiles") == ["slow"]
    several.settle()
    slow.dblclick()
    several.show("profiles")
    assert several.lines("profiles") == ["few", "many", "slow"]


def test_the_axes_of_the_curves_have_room_for_what_is_seen(several):
    several.show("curves")
    ends = several.page.evaluate(ENDS)
    several.page.locator("#bar button", has_text="slow").click()
    several.show("curves")
    alone = several.page.evaluate(ENDS)
    assert alone[0][1] < ends[0][1] - 0.2  # its costs are far beyond those of others
    several.page.locator("#curves .nsewdrag").first.dblclick()
    assert several.page.evaluate(ENDS) == alone
    several.settle()
    several.page.evaluate("() => Report.set({hidden: new Set()})")
    several.show("curves")
    assert several.page.evaluate(ENDS) == ends


def test_the_slider_of_the_target_moves_bars_and_table(several):
    panels = ("bars", "table")
    stated = [several.show(name).inner_text() for name in panels]
    slider = several.page.locator("#tau")
    slider.focus()
    several.page.keyboard.press("Home")  # the easiest: met at the start
    assert several.page.evaluate(TARGET) == 0
    several.page.keyboard.press("PageUp")
    assert several.page.evaluate(TARGET) > 1
    assert slider.get_attribute("aria-valuetext")
    words = several.page.locator("#target-words").inner_text()
    assert words.startswith("On bowl: training loss ≤")
    moved = [several.show(name).inner_text() for name in panels]
    assert all(one != other for one, other in zip(stated, moved, strict=True))
    assert words.endswith("reaches it for the least")
    assert several.page.evaluate(FOCUSED) == "tau"
    several.page.locator("#target").select_option(label="as stated")
    assert [several.show(name).inner_text() for name in panels] == stated


def test_the_slider_of_the_price_says_who_is_cheapest(several):
    several.show("break-even")
    several.page.locator("#gradient-price").focus()
    for key, cheapest in (("Home", "many"), ("End", "few")):
        several.page.keyboard.press(key)
        several.show("break-even")
        said = several.page.locator("#cheapest").inner_text()
        assert f"{cheapest} is the cheapest" in said
    several.page.get_by_role("button", name="As measured").click()
    assert several.page.evaluate("() => Report.state.gradientPrice") is None


def test_a_search_finds_rows(several):
    table = several.show("table")
    several.page.locator("#filter").fill("valley few")
    assert table.locator("tbody tr").count() == 1
    several.page.locator("#filter").fill("")
    assert table.locator("tbody tr").count() == 9


def test_what_is_shown_can_be_saved(several, tmp_path):
    for name in several.panels:
        for button in several.show(name).locator(".tools button").all():
            with several.page.expect_download() as saving:
                button.click()
            path = tmp_path / saving.value.suggested_filename
            saving.value.save_as(path)
            assert path.stem == name
            check_saved(path)


def test_what_is_not_there_is_not_saved(several):
    several.page.evaluate(HIDE_ALL)
    for name in several.panels:
        panel = several.show(name)
        for button in panel.locator(".tools button").all():
            several.page.evaluate("() => Report.say('')")
            button.click()
            assert several.page.evaluate(SAID).endswith("nothing to save")
    assert several.complaints == []


def test_with_all_optimizers_hidden_no_other_reason_is_given(every):
    every.page.evaluate(HIDE_ALL)
    for name in every.panels:
        panel = every.show(name)
        if every.page.evaluate(HAS_CHART, name):
            assert "No optimizer is shown." in panel.inner_text()
    words = every.page.locator("body").inner_text()
    every.page.evaluate("() => Report.set({hidden: new Set()})")
    for wrong in ("known cost", "median seed of", "two optimizers", "fewer than"):
        assert wrong not in words
    assert every.complaints == []


def check_saved(path: Path):
    if path.suffix == ".csv":
        head, *rows = csv.reader(io.StringIO(path.read_text()))
        assert rows
        assert {len(row) for row in rows} == {len(head)}
    elif path.suffix == ".png":
        assert path.read_bytes().startswith(b"\x89PNG")
    else:
        assert path.suffix == ".svg"
        assert "<svg" in path.read_text()[:200]


def test_the_keyboard_reaches_and_toggles_an_optimizer(several):
    several.show("profiles")
    several.page.evaluate("() => scrollTo(0, 0)")
    focused = None
    for _ in range(60):
        several.page.keyboard.press("Tab")
        focused = several.page.evaluate(
            "() => document.activeElement.dataset.optimizer ?? null"
        )
        if focused == "1":
            break
    assert focused == "1"
    several.page.keyboard.press("Space")
    several.show("profiles")
    assert several.lines("profiles") == ["few", "slow"]


def test_labels_that_look_like_markup_stay_text(report):
    shown = report("failing")
    for name in shown.panels:
        shown.show(name)
    assert shown.page.locator("body b, body img, body i").count() == 0
    names = shown.page.locator("#bar bdi").all_text_contents()
    for label in HOSTILE:
        assert label in names
    drawn = shown.page.locator(".js-plotly-plot text").all_text_contents()
    assert any("<script>" in text for text in drawn)
    assert any("$x^2$" in text for text in drawn)
    shown.page.locator("#table tbody button").first.click()
    assert shown.page.locator("dialog[open]").count() == 1
    assert shown.page.evaluate("() => window.hacked ?? null") is None
    assert shown.complaints == []


def test_tuning_and_paths_are_drawn(report):
    tuned = report("tuned")
    tuned.show("sensitivity")
    assert set(tuned.lines("sensitivity")) == {"sgd", "momentum"}
    tuned.page.locator("#setting").select_option("decay")
    tuned.show("sensitivity")
    assert set(tuned.lines("sensitivity")) == {"momentum"}
    tuned.show("best-of-k")
    assert set(tuned.lines("best-of-k")) == {"sgd", "momentum"}
    tuned.show("paths")
    assert "minimiser" in tuned.lines("paths")
    tuned.choose(problem=1)
    assert "no landscape" in tuned.show("paths").inner_text()
    assert tuned.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_screen(report, scheme):
    shown = report("several", color_scheme=scheme)
    assert shown.page.evaluate("() => Report.state.theme") == scheme
    for width in WIDTHS:
        shown.page.set_viewport_size({"width": width, "height": 800})
        for name in shown.panels:
            shown.show(name)
        shown.wait(IS_AS_WIDE, width)


def test_long_names_leave_room_on_a_phone(report):
    shown = report("long_names", viewport={"width": 390, "height": 800})
    for name in shown.panels:
        shown.show(name)
    assert shown.page.evaluate(IS_AS_WIDE, 390)
    texts = shown.page.locator("#bars").locator(".ytick, .annotation-text, .xtitle")
    assert texts.count() == 5
    for text in texts.all():
        place = text.bounding_box()
        assert place["x"] >= 0
        assert place["x"] + place["width"] <= 390
    shown.page.locator("#table tbody button").first.click()
    dialog = shown.page.locator("dialog")
    assert dialog.evaluate("(e) => e.scrollWidth <= e.clientWidth")
    shown.page.set_viewport_size({"width": 1280, "height": 800})
    shown.wait("() => !Report.state.narrow")
    assert "c" * 20 in shown.show("bars").inner_text()


def test_times_on_a_linear_axis_have_the_prefixes_of_the_tables(report):
    shown = report("quickstart")
    shown.choose(xScale="linear")
    for name in ("bars", "curves"):
        axis = shown.show(name).locator(".xtick").all_text_contents()
        assert all(tick == "0s" or tick.endswith(("μs", "ms")) for tick in axis)
        title = shown.page.locator(f"#{name} .xtitle").text_content()
        assert title == "time on the clock"
    shown.choose(unit="gradient")
    assert "s" not in "".join(shown.show("bars").locator(".xtick").all_text_contents())


def test_a_page_for_paper_has_every_panel(several):
    several.page.emulate_media(media="print")
    several.page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    assert several.page.evaluate(STALE) == 0
    assert several.page.pdf().startswith(b"%PDF")


def test_what_is_in_the_middle_of_the_screen_is_drawn_first(several):
    for name in ("table", "curves"):
        several.show(name)
    several.page.locator("#curves").evaluate("(e) => e.scrollIntoView()")
    several.settle()
    several.page.evaluate(ORDER)
    several.choose(xScale="linear")
    several.settle()
    several.choose(unit="gradient")
    several.settle()
    first, second, *_ = several.page.evaluate("() => window.order")
    assert first == second == "curves"


def test_a_mark_of_a_trial_that_diverged_opens_it(report):
    shown = report("failing")
    shown.show("curves")
    assert "diverged" in shown.lines("curves")
    assert "×: where a trial diverged" in shown.page.locator("#curves").inner_text()
    shown.page.evaluate(CLICK, "diverged")
    title = shown.page.locator("#trial-title").inner_text().strip()
    assert title.startswith("diverging on")
    assert title.endswith("seed 1")
    assert "diverged: ended by diverged" in shown.page.locator("dialog").inner_text()


def test_runs_side_by_side_have_profiles_and_paths(report):
    shown = report("beside")
    names = ["adam (before)", "sgd (before)", "newton (after)", "adam (after)"]
    assert shown.page.locator("#bar .shown bdi").all_text_contents() == names
    shown.show("data-profiles")
    shown.page.locator("#tolerance").select_option(index=1)
    shown.show("data-profiles")
    assert shown.lines("data-profiles") == names
    shown.show("paths")
    assert set(names) < set(shown.lines("paths"))
    assert shown.complaints == []


def test_a_page_of_several_machines_opens_on_calls(report):
    shown = report("beside")
    unit = "() => Report.state.unit"
    assert shown.page.evaluate(unit) == "forward_equivalents"
    chosen = shown.page.locator("#unit option:checked").inner_text()
    assert chosen == "forward-pass equivalents"
    assert "Seconds are those" not in shown.show("summary").inner_text()
    machines = shown.page.locator("#host option").all_inner_texts()
    assert machines == ["machine 1: before", "machine 2: after"]
    shown.page.locator("#unit").select_option("time")
    words = "Seconds are those of machine 1: before alone"
    assert words in shown.show("summary").inner_text()
    shown.page.locator("#host").select_option("machine 2: after")
    words = "Seconds are those of machine 2: after alone"
    assert words in shown.show("summary").inner_text()
    bars = shown.show("bars").inner_text()
    assert "newton (after)" in bars
    assert "sgd (before)" not in bars


def test_a_page_of_one_machine_opens_on_seconds(several):
    assert several.page.evaluate("() => Report.state.unit") == "seconds"
    assert several.page.locator("#host").count() == 0


def test_a_page_of_tables_alone_shows_no_empty_chart(report):
    shown = report("kept")
    assert "curves" not in shown.panels
    assert shown.show("table").locator("tbody tr").count() == 9
    assert shown.page.locator("#tau").count() == 0
    shown.show("data-profiles")
    assert shown.page.locator("#tolerance").count() == 0
