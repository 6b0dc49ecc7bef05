"use strict";
// What several panels are made of.
(() => {
  // The child of a panel with that name, made when first asked for.
  Report.slot = (element, name) => {
    const known = [...element.children].find((child) => child.dataset.slot === name);
    if (known) return known;
    const made = Report.element("div", { "data-slot": name });
    element.append(made);
    return made;
  };

  // Shows nodes in a place whose new words a screen reader says when it has time.
  Report.spoken = (slot, ...nodes) => {
    slot.setAttribute("role", "status");
    const made = Report.element("div", {}, ...nodes);
    if (made.textContent !== slot.textContent) slot.replaceChildren(...made.childNodes);
  };

  // Shows controls; the one that has the focus keeps it.
  Report.controls = (slot, controls) => {
    const inputs = () => [...slot.querySelectorAll("select, input, button")];
    const place = inputs().indexOf(document.activeElement);
    slot.classList.add("controls");
    slot.replaceChildren(...controls);
    if (place >= 0) inputs()[place]?.focus();
  };

  // Shows the controls that `make` returns, made again only when `key` changes: what is
  // dragged stays.
  Report.kept = (slot, key, make) => {
    if (slot.dataset.key === key) return;
    slot.dataset.key = key;
    Report.controls(slot, make());
  };

  // Says in a chart's place why there is none.
  Report.instead = (slot, sentence) => {
    if (slot.classList.contains("js-plotly-plot")) Plotly.purge(slot);
    for (const name of ["role", "aria-label"]) slot.removeAttribute(name);
    slot.classList.remove("chart", "js-plotly-plot");
    slot.style.minHeight = "";
    slot.replaceChildren(Report.element("p", { class: "note" }, Report.because(sentence)));
  };

  // Draws a chart where `instead` may have left a sentence.
  Report.drawn = (slot, traces, layout, about) => {
    slot.querySelector(":scope > .note")?.remove();
    slot.style.minHeight = `${layout.height}px`;
    return Report.chart(slot, traces, layout, about);
  };

  // A vertical axis with a row for each name, from the top; a name is never a number.
  Report.rowAxis = (names) => ({
    tickvals: names.map((_, i) => i),
    ticktext: names.map((name) => Report.plain(Report.short(name))),
    range: [names.length - 0.5, -0.5],
    zeroline: false,
    showgrid: false,
  });

  // A table of at least one row, whose first cell is its heading; a cell is a number, a
  // text, or a list of nodes and texts.
  Report.numbers = (caption, heads, rows) => {
    const { element } = Report;
    const kinds = rows[0].map((cell) => (typeof cell === "number" ? "number" : null));
    const made = (content, i, tag, scope) => {
      const parts = [content].flat().map((x) => (x instanceof Node ? x : String(x)));
      return element(tag, { class: kinds[i], scope }, ...parts);
    };
    const head = heads.map((words, i) => made(words, i, "th", "col"));
    const line = ([first, ...others]) => element(
      "tr", {}, made(first, 0, "th", "row"), ...others.map((cell, i) => made(cell, i + 1, "td")),
    );
    return Report.scroll(caption, Report.table(caption, head, rows.map(line)));
  };

  // An optimizer's mark and name, for a cell.
  Report.marked = (optimizer, name = optimizer.name) => [
    Report.key(optimizer), " ", Report.name(name),
  ];

  // plotly's scale from the page's paper to a colour.
  Report.shades = (colour) => [
    [0, Report.css("--paper")],
    [1, colour],
  ];
})();
