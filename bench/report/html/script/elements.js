"use strict";
// Elements of the page; whatever a text says, it stays text.
(() => {
  const CONTROLS = /[\u202a-\u202e\u2066-\u2069]/g;
  const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

  // An element; attributes that begin with `on` are listeners, children are nodes or texts.
  Report.element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.filter((c) => c !== null && c !== undefined));
    return made;
  };

  // A user's text: its direction does not change that of its neighbours.
  Report.name = (text) => Report.element("bdi", { class: "name" }, String(text));

  const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", $: "&#36;" };

  // A text for plotly, which takes tags in labels for markup, and dollars for LaTeX.
  Report.plain = (text) => {
    const bare = String(text).replace(CONTROLS, "");
    const escaped = bare.replace(/[&<>$]/g, (letter) => ENTITIES[letter]);
    return RIGHT_TO_LEFT.test(bare) ? `\u2068${escaped}\u2069` : escaped;
  };

  // A text that leaves room for a chart beside it: both of its ends, if it is long.
  Report.short = (text) => {
    const letters = [...String(text)];
    const most = Report.state.narrow ? 16 : 60;
    if (letters.length <= most) return String(text);
    const half = most / 2;
    return `${letters.slice(0, half).join("")}…${letters.slice(1 - half).join("")}`;
  };

  // A text for plotly in lines that a phone has room for beside the names of rows.
  Report.wrapped = (text) =>
    Report.state.narrow ? text.replace(/(.{1,26})( |$)/g, "$1<br>").slice(0, -4) : text;

  Report.button = (words, click, attributes = {}) =>
    Report.element("button", { type: "button", onclick: click, ...attributes }, words);

  // A labelled list; options are pairs of a value and its words.
  Report.choice = ({ label, options, value, change, id }) => {
    const list = Report.element(
      "select",
      { id, onchange: () => change(options[list.selectedIndex][0]) },
      ...options.map(([, words]) => Report.element("option", {}, words)),
    );
    list.selectedIndex = options.findIndex(([each]) => each === value);
    return Report.element("label", {}, label, list);
  };

  // A labelled slider, whose value stands beside it in words. A screen reader has these
  // from the slider itself.
  Report.slider = ({ label, min, max, step, value, words, change, id }) => {
    const said = Report.element("output", { "aria-hidden": "true" }, words(value));
    const slide = Report.element("input", {
      type: "range", id, min, max, step, "aria-label": label, "aria-valuetext": words(value),
      oninput: () => {
        const now = Number(slide.value);
        said.textContent = words(now);
        slide.setAttribute("aria-valuetext", words(now));
        change(now);
      },
    });
    slide.value = value;
    return Report.element("label", {}, label, slide, said);
  };

  Report.empty = (element) => element.replaceChildren();

  // A list of names and facts.
  Report.facts = (pairs) =>
    Report.element(
      "dl", { class: "facts" },
      ...pairs.flatMap(([name, value]) => [
        Report.element("dt", {}, name),
        Report.element("dd", {}, value instanceof Node ? value : Report.name(value)),
      ]),
    );

  // A table of headings and rows; its caption is for screen readers.
  Report.table = (caption, heads, rows) =>
    Report.element(
      "table", { class: "numbers" },
      Report.element("caption", { class: "unseen" }, caption),
      Report.element("thead", {}, Report.element("tr", {}, ...heads)),
      Report.element("tbody", {}, ...rows),
    );

  // What may be larger than its place, which the keyboard scrolls too.
  Report.scroll = (label, ...children) =>
    Report.element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label }, ...children);

  // Copies a text, also where a page has no access to the clipboard.
  Report.copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = Report.element("textarea", { class: "unseen" });
      area.value = text;
      (document.querySelector("dialog[open]") || document.body).append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    Report.say("copied");
  };
})();
