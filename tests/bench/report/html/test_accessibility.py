"""What a screen reader has of a report: the tree that Chromium makes for it."""

import pytest

CONTROLS = {
    *("button", "combobox", "slider", "searchbox", "textbox", "link"),
    *("checkbox", "radio", "DisclosureTriangle"),
}
"""Roles of what can be used."""
NAMED = {"region", "dialog", "table", "group"}
"""Roles of what is gone to by its name."""
SPOKEN = """(id) => {
    const {role, ariaLive} = document.getElementById(id).closest("[role=status]");
    return [role, ariaLive];
}"""


def tree(shown):
    """Return the role, the name and the properties of what is not ignored, in order."""
    session = shown.page.context.new_cdp_session(shown.page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    return [
        (
            node["role"]["value"],
            node.get("name", {}).get("value", ""),
            {each["name"]: each["value"] for each in node.get("properties", ())},
        )
        for node in nodes
        if not node["ignored"]
    ]


@pytest.fixture
def every(every):
    """The report of each kind of run, with all its panels drawn."""
    for name in every.panels:
        every.show(name)
    return every


def test_what_can_be_used_has_a_name(every):
    nodes = tree(every)
    used = [(role, name) for role, name, _ in nodes if role in CONTROLS]
    assert {role for role, _ in used} >= {"button", "combobox", "searchbox"}
    assert [role for role, name in used if not name.strip()] == []
    gone_to = [(role, name) for role, name, _ in nodes if role in NAMED]
    assert {role for role, _ in gone_to} >= {"region", "table", "group"}
    assert [role for role, name in gone_to if not name] == []


def test_a_chart_is_one_picture_with_words(every):
    drawn = every.page.locator(".js-plotly-plot").count()
    pictures = [name for role, name, _ in tree(every) if role in ("image", "img")]
    assert len(pictures) == drawn
    assert all(len(name.split()) > 3 for name in pictures)
    drawn_with = ("SvgRoot", "graphics-symbol")
    assert not [role for role, _, _ in tree(every) if role in drawn_with]


def test_a_slider_is_named_without_its_value(report):
    shown = report("several")
    shown.show("break-even")
    sliders = {name for role, name, _ in tree(shown) if role == "slider"}
    assert sliders == {"Share of the decrease left, τ", "Price of a gradient"}


def test_what_a_slider_does_is_said(report):
    shown = report("several")
    shown.show("break-even")
    for slider, place in (("tau", "target-words"), ("gradient-price", "cheapest")):
        assert shown.page.evaluate(SPOKEN, place)[0] == "status"
        shown.page.locator(f"#{slider}").focus()
        said = set()
        shown_words = f"#{slider} + output"
        for key in ("Home", "End"):
            shown.page.keyboard.press(key)
            shown.show("break-even")
            said.add(shown.page.locator(f"#{place}").inner_text())
            own = shown.page.locator(f"#{slider}").get_attribute("aria-valuetext")
            assert own == shown.page.locator(shown_words).text_content() != ""
        assert len(said) == 2


def test_a_place_that_is_spoken_is_left_alone_if_its_words_stay(report):
    shown = report("several")
    words = shown.page.locator("#target-words").element_handle()
    shown.page.locator("#bar .theme").click()
    shown.settle()
    assert words.evaluate("(e) => e.isConnected")


def test_the_order_of_a_table_is_said(report):
    shown = report("several")
    shown.show("table")
    head = "#table thead th:has([data-sort='steps'])"
    orders, said = [], []
    for _ in range(3):
        shown.page.locator(f"{head} button").click()
        orders.append(shown.page.locator(head).get_attribute("aria-sort"))
        said.append(shown.page.locator("#live").inner_text())
    assert orders == ["ascending", "descending", "none"]
    assert said == [
        *("sorted by steps, ascending", "sorted by steps, descending"),
        "in the order of problems",
    ]
    names = [name for role, name, _ in tree(shown) if role == "columnheader"]
    assert "steps" in names
    shown.page.locator("#filter").fill("valley")
    assert shown.page.locator("#live").inner_text() == "3 rows"
