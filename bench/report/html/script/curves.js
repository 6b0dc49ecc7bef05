"use strict";
// Progress against cost: its axes, its controls and its chart.
(() => {
  const { element } = Report;
  const { quantityOf, shownGroups } = Report.curves;
  const STATE = "state_bytes";
  const ROOM = 0.05; // on both sides of what is seen, as a share of it

  // The targets of the problem, in the quantity that is shown.
  function aims(problem, state) {
    const quantity = quantityOf(problem);
    const chosen = Report.costs.level(problem, state.target, state.of);
    const stated = problem.targets.map((aim) => ({ ...aim, chosen: false }));
    const all = chosen ? [...stated.filter((aim) => aim.value !== chosen.value), { ...chosen, chosen: true }] : stated;
    const gap = quantity.column === "suboptimality" ? problem.optimum : 0;
    const column = quantity.column === "suboptimality" ? "loss" : quantity.column;
    return all.filter((aim) => aim.column === column).map((aim) => ({ y: aim.value - gap, chosen: aim.chosen }))
      .filter(({ y }) => state.yScale !== "log" || y > 0)
      .map(({ y, chosen: on }) => ({
        type: "line", xref: "paper", x0: 0, x1: 1, y0: y, y1: y,
        line: { color: Report.css("--faint"), width: on ? 1.6 : 1, dash: on ? "dash" : "dot" },
      }));
  }

  // An axis with room for what is seen: plotly's own choice has room for what is hidden
  // too. Its ends are rounded, so that they seldom move. Powers of ten alone stand on one
  // that spans two or more.
  function axisOf(type, columns, words) {
    const axis = { type, title: { text: words } };
    let [low, high] = [Infinity, -Infinity];
    for (const numbers of columns) {
      for (const x of numbers) {
        if (x === null || (type === "log" && x <= 0)) continue;
        if (x < low) low = x;
        if (x > high) high = x;
      }
    }
    if (low > high) return axis;
    const [first, last] = type === "log" ? [Math.log10(low), Math.log10(high)] : [low, high];
    const room = ROOM * (last - first) || 0.5;
    const step = 10 ** Math.floor(Math.log10(room));
    const range = [Math.floor((first - room) / step) * step, Math.ceil((last + room) / step) * step];
    const dtick = type === "log" && high >= 100 * low ? { dtick: 1 } : {};
    return { ...axis, ...dtick, range };
  }

  function costAxisOf({ unit, xScale }, columns) {
    const axis = axisOf(xScale, columns, unitAxis(unit));
    const cost = unit === STATE ? {} : Report.costAxis(unit, xScale, axis.range?.[1] ?? 0);
    return { ...axis, ...cost };
  }

  const unitAxis = (unit) => (unit === STATE ? "optimizer's state (bytes)" : Report.unit(unit).axis);

  function drawInto(chart, traces, problem, state, about) {
    const quantity = quantityOf(problem);
    const shapes = aims(problem, state);
    const seen = traces.filter(Report.isSeen);
    const heights = [...seen.map((t) => t.y), shapes.map(({ y0 }) => y0)];
    const layout = {
      shapes,
      xaxis: costAxisOf(state, seen.map((t) => t.x)),
      yaxis: axisOf(state.yScale, heights, Report.plain(quantity.words)),
    };
    chart.again = () => drawInto(chart, traces, problem, state, about);
    const drawn = Report.chart(chart, traces, layout, about, { doubleClick: false });
    if (!chart.listens) listen(chart);
    return drawn;
  }

  function listen(chart) {
    chart.listens = true;
    chart.on("plotly_click", ({ points }) => openTrialOf(points[0]));
    chart.on("plotly_doubleclick", () => chart.again()); // out of any zoom
  }

  function controls(problem, state) {
    const units = [...Report.usedUnits().map((u) => [u.name, u.words]), [STATE, "bytes of state"]];
    const scales = [["log", "logarithmic"], ["linear", "linear"]];
    const set = (key) => (value) => Report.set({ [key]: value });
    return [
      Report.choice({ label: "Vertical", id: "y", options: problem.quantities.map((q) => [q.column, q.words]), value: quantityOf(problem).column, change: (y) => chooseY(problem, y) }),
      Report.choice({ label: "Vertical scale", id: "y-scale", options: scales, value: state.yScale, change: set("yScale") }),
      Report.choice({ label: "Horizontal", id: "x", options: units, value: own.state ? STATE : state.unit, change: chooseX }),
      Report.choice({ label: "Horizontal scale", id: "x-scale", options: scales, value: state.xScale, change: set("xScale") }),
      Report.choice({ label: "Lines", id: "spread", options: [["band", "median and quartiles"], ["seeds", "every seed"]], value: state.spread, change: set("spread") }),
    ];
  }

  // Whether the bytes of states are shown, which no other panel has as a cost.
  const own = { state: false, unit: "" };

  function chooseX(unit) {
    own.state = unit === STATE;
    own.unit = Report.state.unit;
    if (own.state || Report.state.unit === unit) redraw();
    else Report.set({ unit });
  }

  function chooseY(problem, y) {
    const { log } = problem.quantities.find((q) => q.column === y);
    Report.set({ y, yScale: log ? "log" : "linear" });
  }

  const redraw = () => Report.draw(Report.panels.find((panel) => panel.id === "curves"));

  // What a click on a point opens: the trial of a line, or that of a mark among several.
  function openTrialOf({ data, pointNumber }) {
    const { trial, trials } = data.meta || {};
    const index = trials ? trials[pointNumber] : trial;
    if (index !== undefined) Report.openTrial(index);
  }

  function noteOf(problem, traces) {
    const seen = traces.filter(Report.isSeen);
    if (!seen.length) return Report.because("No optimizer shown has a known cost in this unit.");
    const left = seen.some(({ meta }) => meta?.trials) ? "×: where a trial diverged." : "";
    return [left, problem.passWords].filter(Boolean).join(" ");
  }

  function draw(body, state) {
    const problem = Report.data.problems[state.problem];
    if (own.unit !== state.unit) own.state = false;
    const slots = ["controls", "title", "chart", "note"].map((name) => Report.slot(body, name));
    const [choices, title, chart, note] = slots;
    const chosen = [problem.index, state.y, state.yScale, state.xScale, state.unit, state.spread, own.state];
    Report.kept(choices, chosen.join(), () => controls(problem, state));
    title.replaceChildren(element("h3", {}, Report.name(problem.name)));
    const shown = own.state ? { ...state, unit: STATE } : state;
    const traces = own.state ? Report.curves.ofState(problem, state) : Report.curves.tracesOf(problem, state);
    const names = shownGroups(problem, state).map((g) => Report.data.optimizers[g.optimizer].name);
    drawInto(chart, traces, problem, shown, `${quantityOf(problem).words} against ${unitAxis(shown.unit)} on ${problem.name}: ${names.join(", ")}. The CSV has the numbers.`);
    note.replaceChildren(element("p", { class: "note" }, noteOf(problem, traces)));
  }

  Report.panel({
    id: "curves", title: "Curves", chart: true, draw,
    applies: (data) => data.trials.some(({ trace }) => trace.rows),
    about: "A click on a point opens its trial. Drag to zoom in; double-click on the chart to zoom out. Dashed: the chosen target.",
    depends: ["problem", "unit", "y", "xScale", "yScale", "spread", "target", "of", "host"],
    table(state) {
      const problem = Report.data.problems[state.problem];
      const { quantity, shown } = Report.curves.prepared(problem, state);
      const rows = shown.flatMap(({ group, curves }) => curves.flatMap(({ trial, cost, value }) =>
        Array.from(cost, (x, i) => [problem.name, Report.data.optimizers[group.optimizer].name, trial.seed, trial.round, x, value[i]])));
      return { columns: ["problem", "optimizer", "seed", "round", state.unit, quantity.column], rows };
    },
  });

  // Draws the curve of one trial.
  Report.drawCurve = (chart, trial) => {
    const state = { ...Report.state, unit: "steps" };
    const traces = Report.curves.ofTrial(trial, state);
    if (!traces.length) return;
    const problem = Report.problemOf(trial);
    drawInto(chart, traces, problem, state, `${quantityOf(problem).words} by step of this trial`);
  };
})();
