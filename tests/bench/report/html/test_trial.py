"""The page of a trial in a browser: how it ended and why, and how to repeat it."""

import tomllib

COPIED = "() => navigator.clipboard.readText()"
FOCUSED = "() => document.activeElement.id || document.activeElement.innerText"
HOVERED = """(name) => {
    const chart = document.querySelector("#curves .js-plotly-plot");
    const curve = chart.data.findIndex((trace) => trace.name === name);
    Plotly.Fx.hover(chart, [{curveNumber: curve, pointNumber: 2}]);
}"""


def facts(shown):
    """Return what the page of a trial states, by name."""
    listed = shown.page.locator("dialog .facts")
    names, values = (listed.locator(tag).all_inner_texts() for tag in ("dt", "dd"))
    return dict(zip(names, values, strict=True))


def test_it_states_end_settings_seed_versions_and_machine(report):
    shown = report("several")
    shown.show("table").locator("tbody button", has_text="few").first.click()
    told = facts(shown)
    assert told["ended"] == "target: ended by target"
    assert told["problem"] == "bowl"
    assert told["seed, round"].endswith(", 0")
    assert "python 3.11" in told["versions"]
    assert told["device"].startswith("cpu: 2 cores, float32")
    assert "gradients" in told["loss 0.100001"]
    assert shown.page.locator("#trial-chart .main-svg").count()


def test_facts_have_names_for_people(report):
    shown = report("quickstart")
    for trial in range(2):
        shown.page.evaluate("(trial) => Report.openTrial(trial)", trial)
        told = facts(shown)
        assert told["held-out accuracy"].startswith("final ")
        assert told["memory"] == "8.3 GB"
        assert told["threads of XLA"] == "2"
        assert not {"platform", "kind", "accelerator"} & set(told)
        # Only the first seed compiled the program.
        assert ("to compile" in told["spent"]) is (trial == 0)


def test_its_config_is_copied(report):
    shown = report("several", permissions=["clipboard-read", "clipboard-write"])
    shown.show("table").locator("tbody button", has_text="slow").first.click()
    shown.page.locator("#copy-config").click()
    shown.wait("() => document.getElementById('live').textContent === 'copied'")
    config = tomllib.loads(shown.page.evaluate(COPIED))
    assert config["optimizers"][0]["name"] == "slow"
    assert config["problems"][0]["name"] == "bowl"
    assert len(config["seeds"]) == 1
    assert shown.complaints == []


def test_the_keyboard_opens_and_closes_it(report):
    shown = report("several")
    link = shown.show("table").locator("tbody button", has_text="few").first
    link.focus()
    shown.page.keyboard.press("Enter")
    assert shown.page.evaluate(FOCUSED) == "trial-close"
    shown.page.keyboard.press("Escape")
    assert shown.page.locator("dialog[open]").count() == 0
    assert shown.page.evaluate(FOCUSED) == "few"


def test_a_failed_one_shows_its_output(report):
    shown = report("failing")
    endings = shown.show("endings")
    endings.locator('[data-end="failed"]').click()
    row = endings.locator("tbody tr")
    assert row.count() == 1
    assert "failed: <i>why</i> & how" in row.inner_text()
    row.locator("button").click()
    assert facts(shown)["ended"] == "failed: failed: <i>why</i> & how"
    output = shown.page.locator("dialog pre").first.inner_text()
    assert output == "Traceback: <b>here</b>"


def test_a_point_says_what_it_is(report):
    shown = report("several")
    shown.show("curves")
    shown.choose(spread="seeds")
    shown.show("curves")
    shown.page.evaluate(HOVERED, "few")
    words = shown.page.locator("#curves .hovertext").first.text_content()
    for part in ("few", "seed 0", "target: ended by target", "time", "suboptimality"):
        assert part in words
