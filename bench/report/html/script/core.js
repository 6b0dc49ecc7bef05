"use strict";
// The one global name of the page: its data, what is chosen, and its panels.
(() => {
  const panels = [];
  const ALWAYS = ["hidden", "theme", "narrow"];
  const UNPAINTED = 100; // milliseconds after which a page is taken for hidden

  const Report = {
    data: null,
    state: {
      problem: 0, host: 0, unit: "seconds", y: "loss", xScale: "log", yScale: "log",
      spread: "band", target: { stated: 1 }, of: "", hidden: new Set(),
      gradientPrice: null, trial: null, theme: "light", narrow: false,
    },
    panels,
  };
  window.Report = Report;

  // What a trial has if the data of the page does not say it.
  const UNSAID = {
    round: 0, reason: "", output: "", standIn: "", steps: 0, seconds: 0, compileSeconds: 0,
    examplesPerCall: null, start: null, final: null, best: null, metrics: {}, device: "",
    versions: {}, disturbed: false,
  };

  // Takes the data of the page; the entries of its lists learn their places.
  Report.open = (data) => {
    for (const name of ["optimizers", "problems", "groups", "trials", "runs", "hosts"]) {
      data[name].forEach((each, index) => { each.index = index; });
    }
    data.trials.forEach((trial, index) => { data.trials[index] = { ...UNSAID, ...trial }; });
    Report.data = data;
    const used = usedUnits(data);
    Report.usedUnits = () => used;
    const known = used.some((unit) => unit.name === Report.state.unit);
    if (!known && used.length) Report.state.unit = used[0].name;
    Report.unit = (name) => data.units.find((unit) => unit.name === name);
    Report.problemOf = (trial) => data.problems[data.groups[trial.group].problem];
    Report.optimizerOf = (trial) => data.optimizers[data.groups[trial.group].optimizer];
  };

  // Units that some trial has spent something of.
  function usedUnits(data) {
    const called = new Set(data.schemas.flat().map(([name]) => name));
    for (const target of data.trials.flatMap((trial) => trial.targets)) {
      Object.keys(target?.readings || {}).forEach((kind) => called.add(kind));
    }
    const kinds = new Set(data.kinds.map((kind) => kind.name));
    const priced = (column) => data.groups.some((g) => Object.keys(g.prices[column] || {}).length);
    return data.units.filter((unit) =>
      kinds.has(unit.name) ? called.has(unit.name) : !unit.priced || priced(unit.priced));
  }

  // Adds a panel: {id, title, about, depends, applies, draw, table}.
  Report.panel = (panel) => panels.push({ depends: [], ...panel });

  // Changes what is chosen, and draws again what depends on it.
  Report.set = (changes) => {
    const keys = Object.keys(changes).filter((k) => Report.state[k] !== changes[k]);
    if (!keys.length) return;
    Object.assign(Report.state, changes);
    if (keys.includes("theme")) document.documentElement.dataset.theme = changes.theme;
    for (const panel of panels) {
      if (!panel.body) continue;
      if (keys.some((k) => panel.depends.includes(k) || ALWAYS.includes(k))) {
        panel.stale = true;
        if (panel.fixed) Report.draw(panel);
      }
    }
    drawSoon();
  };

  // Draws the panels in view one after the other: the page answers between two.
  let waiting = false;
  function drawSoon() {
    if (!waiting) setTimeout(drawNext);
    waiting = true;
  }

  function drawNext() {
    const due = panels.filter((panel) => panel.stale && panel.seen);
    const next = due.reduce((a, b) => (a && away(a) <= away(b) ? a : b), null);
    waiting = next !== null;
    if (!next) return;
    try {
      Report.draw(next);
    } finally {
      afterPaint(drawNext);
    }
  }

  // Goes on when what was drawn is painted, or soon, for a hidden page is never painted.
  function afterPaint(then) {
    let isDue = true;
    const once = () => {
      if (isDue) then();
      isDue = false;
    };
    requestAnimationFrame(() => setTimeout(once));
    setTimeout(once, UNPAINTED);
  }

  // The pixels between a panel and the middle of the screen, where people look.
  function away({ section }) {
    const { top, bottom } = section.getBoundingClientRect();
    const middle = window.innerHeight / 2;
    return Math.max(0, top - middle, middle - bottom);
  }

  Report.draw = (panel) => {
    panel.stale = false;
    panel.draw(panel.body, Report.state);
  };

  // The sections of all panels that apply, each drawn when it comes into view.
  Report.build = (main) => {
    const watch = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          panels.find(({ section }) => section === target).seen = isIntersecting;
        }
        drawSoon();
      },
      { rootMargin: "300px 0px" },
    );
    for (const panel of panels) {
      if (panel.applies && !panel.applies(Report.data)) continue;
      panel.stale = true;
      if (panel.fixed) {
        panel.body = panel.place();
        Report.draw(panel);
        continue;
      }
      const [section, body] = sectionOf(panel);
      Object.assign(panel, { section, body, seen: false });
      main.append(section);
      watch.observe(section);
    }
  };

  function sectionOf(panel) {
    const { element } = Report;
    const body = element("div", { class: "body" });
    const tools = element("div", { class: "tools" }, ...Report.downloads(panel));
    const title = element("h2", { id: `${panel.id}-title` }, panel.title);
    const parts = [element("header", {}, title, tools)];
    if (panel.about) parts.push(element("p", { class: "note" }, panel.about));
    const section = element(
      "section",
      { class: `panel ${panel.long ? "long" : ""}`, id: panel.id, "aria-labelledby": `${panel.id}-title` },
      ...parts, body,
    );
    return [section, body];
  }

  // All panels, drawn on white, for paper.
  let themeBefore = null;
  window.addEventListener("beforeprint", () => {
    themeBefore = Report.state.theme;
    Report.set({ theme: "light" });
    for (const panel of panels) if (panel.body && panel.stale) Report.draw(panel);
  });
  window.addEventListener("afterprint", () => {
    if (themeBefore !== null) Report.set({ theme: themeBefore });
  });

  // Says something to a screen reader.
  Report.say = (text) => {
    document.getElementById("live").textContent = text;
  };

  Report.visible = () =>
    Report.data.optimizers.map((o) => o.index).filter((i) => !Report.state.hidden.has(i));

  // Why something is not there, if optimizers are shown that could have it.
  Report.because = (reason) =>
    Report.visible().length ? reason : "No optimizer is shown.";

  Report.hide = (index, hide) => {
    const hidden = new Set(Report.state.hidden);
    if (hide) hidden.add(index);
    else hidden.delete(index);
    Report.set({ hidden });
  };

  // Shows one optimizer alone; all again if it was alone.
  Report.alone = (index, hidden = Report.state.hidden) => {
    const others = Report.data.optimizers.map((o) => o.index).filter((i) => i !== index);
    const alone = !hidden.has(index) && others.every((i) => hidden.has(i));
    Report.set({ hidden: new Set(alone ? [] : others) });
  };
})();
