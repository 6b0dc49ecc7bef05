"use strict";
// The bar: what is shown on the whole page, and the optimizers to hide or to show alone.
(() => {
  const TWICE = 350; // milliseconds between two clicks that count as one
  const GONE = "gone";
  const NOTHING = { index: null, at: 0, handled: 0, before: null };
  let last = NOTHING;
  let leaving = null;

  // Two clicks count as one double-click if the browser says so, or by their own times,
  // however long the first one took to be answered.
  function choose(index, event) {
    const soon = event.detail === 2 || event.timeStamp - last.at < TWICE;
    const again = last.index === index && soon;
    const before = again ? last.before : Report.state.hidden;
    const now = { index, at: event.timeStamp, handled: performance.now(), before };
    last = again ? NOTHING : now;
    if (event.shiftKey || again) Report.alone(index, before);
    else Report.hide(index, !Report.state.hidden.has(index));
    const { hidden } = Report.state;
    const { name } = Report.data.optimizers[index];
    Report.say(`${name} is ${hidden.has(index) ? "hidden" : "shown"}, ${hidden.size} are hidden`);
  }

  function entry(optimizer) {
    const hidden = Report.state.hidden.has(optimizer.index);
    const words = hidden ? "Show" : "Hide";
    return Report.element(
      "button",
      {
        type: "button", "data-optimizer": optimizer.index,
        "aria-label": `${words} ${optimizer.name}; twice, or with Shift: it alone`,
        title: "Click: hide. Double-click or Shift: alone.",
        onclick: (event) => choose(optimizer.index, event),
      },
      Report.key(optimizer), Report.name(optimizer.name),
    );
  }

  // What was hidden stays in its place until a second click cannot come any more.
  function list(body) {
    const { optimizers } = Report.data;
    const { hidden } = Report.state;
    const focused = document.activeElement?.dataset?.optimizer;
    const shown = optimizers.filter((o) => !hidden.has(o.index));
    const gone = optimizers.filter((o) => hidden.has(o.index));
    const item = (o) => Report.element("li", {}, entry(o));
    body.querySelector(".shown").replaceChildren(...shown.map(item));
    const more = gone.length
      ? [Report.button("Show all", () => Report.set({ hidden: new Set() })), ...gone.map(entry)]
      : [];
    const part = body.querySelector(".hidden");
    part.hidden = !gone.length;
    part.querySelector("summary").textContent = `${Report.format.plural(gone.length, "hidden optimizer")}`;
    part.querySelector(".legend").replaceChildren(...more.map((b) => Report.element("li", {}, b)));
    if (focused !== undefined) body.querySelector(`[data-optimizer="${focused}"]`)?.focus();
  }

  function frame(body) {
    const theme = Report.button("Dark", () => {
      Report.set({ theme: Report.state.theme === "dark" ? "light" : "dark" });
    }, { class: "theme" });
    body.replaceChildren(
      Report.element("div", { class: "controls" }, ...choices(), theme),
      Report.element("ul", { class: "legend shown", "aria-label": "Optimizers" }),
      Report.element(
        "details", { class: "hidden" }, Report.element("summary"),
        Report.element("ul", { class: "legend", "aria-label": "Hidden optimizers" }),
      ),
    );
    for (const each of extras) body.querySelector(".controls").append(each);
    new ResizeObserver(() => keepClear(body)).observe(body);
  }

  // What the focus or a jump brings into view does not lie under the bar.
  function keepClear(body) {
    const isAbove = getComputedStyle(body).position === "sticky";
    const room = (isAbove ? body.offsetHeight : 0) + 8;
    document.documentElement.style.scrollPaddingTop = `${room}px`;
  }

  function choices() {
    const { data, state } = Report;
    const made = [Report.choice({
      label: "Cost", id: "unit", value: state.unit,
      options: Report.usedUnits().map((u) => [u.name, u.words]),
      change: (unit) => Report.set({ unit }),
    })];
    if (data.hosts.length > 1) {
      made.push(Report.choice({
        label: "Machine (for seconds)", id: "host", value: state.host,
        options: data.hosts.map((host, i) => [i, host.name]),
        change: (host) => Report.set({ host }),
      }));
    }
    return made;
  }

  // Another control in the bar.
  const extras = [];
  Report.bar = (element) => {
    extras.push(element);
    document.querySelector("#bar .controls")?.append(element);
  };

  Report.panel({
    id: "legend", title: "Optimizers", fixed: true, depends: ["unit", "host"],
    place: () => document.getElementById("bar"),
    draw(body, state) {
      if (!body.firstChild) frame(body);
      const units = Report.usedUnits().map((unit) => unit.name);
      body.querySelector("#unit").selectedIndex = units.indexOf(state.unit);
      body.querySelector(".theme").textContent = state.theme === "dark" ? "Light" : "Dark";
      clearTimeout(leaving);
      const index = last.index;
      const just = index !== null && state.hidden.has(index) && performance.now() - last.handled < TWICE;
      if (!just) return list(body);
      body.querySelector(`.shown [data-optimizer="${index}"]`)?.classList.add(GONE);
      leaving = setTimeout(() => list(body), TWICE);
    },
  });
})();
