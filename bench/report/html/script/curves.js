"use strict";
// Progress against cost: of the median with its quartiles, or of every seed.
(() => {
  const { element } = Report;
  const STATE = "state_bytes";
  const MOST_POINTS = 6000;
  const MARKS = 12;

  const quantityOf = (problem) =>
    problem.quantities.find((q) => q.column === Report.state.y) || problem.quantities[0];

  const shownGroups = (problem, state) => Report.data.groups.filter(
    (g) => g.problem === problem.index && !state.hidden.has(g.optimizer));

  function wordsOf(group, trial) {
    const { data, format } = Report;
    const settings = Object.entries(group.settings).map(([k, v]) => `${k} = ${JSON.stringify(v)}`);
    const lines = [`<b>${Report.plain(data.optimizers[group.optimizer].name)}</b>`];
    if (settings.length) lines.push(Report.plain(settings.join(", ")));
    if (trial) {
      lines.push(`seed ${trial.seed}${trial.round ? `, round ${trial.round}` : ""}`);
      lines.push(Report.plain(`${trial.end}: ${trial.reason}`.slice(0, 160)));
    } else {
      const ends = {};
      for (const i of group.trials) ends[data.trials[i].end] = (ends[data.trials[i].end] || 0) + 1;
      lines.push(`median of ${format.plural(group.trials.length, "trial")}: ${Object.entries(ends).map(([e, n]) => `${e} ${n}`).join(", ")}`);
    }
    return lines.join("<br>");
  }

  // What stands on an axis for a number that a logarithm does not have.
  function clamp(numbers, least) {
    return numbers.map((x) => (Number.isFinite(x) ? (x > 0 || least === null ? x : least) : null));
  }

  function leastOf(curves, pick) {
    let least = Infinity;
    for (const each of curves) for (const x of pick(each)) if (x > 0 && x < least) least = x;
    return least === Infinity ? 1 : least;
  }

  function lineOf(cost, value, context, optimizer, more) {
    const { quantity, unit, leastX, leastY } = context;
    const x = Array.from(cost);
    const y = Array.from(value);
    return {
      type: "scatter", mode: more.thin ? "lines" : "lines+markers",
      x: clamp(x, leastX), y: clamp(y, leastY), name: Report.plain(optimizer.name),
      customdata: x.map((cost, i) => [Report.format.unit(unit, cost), Report.format.loss(y[i]), more.text]),
      hovertemplate: `%{customdata[2]}<br>${Report.plain(Report.unit(unit).words)}: %{customdata[0]}<br>${Report.plain(quantity.words)}: %{customdata[1]}<extra></extra>`,
      line: { ...Report.line(optimizer, more.thin ? 1.1 : 2), shape: "hv" },
      marker: { ...Report.marker(optimizer), maxdisplayed: MARKS },
      opacity: more.thin ? 0.75 : 1, meta: more.meta,
    };
  }

  function areaOf(band, context, optimizer) {
    const { leastX, leastY } = context;
    const colour = Report.faint(Report.colour(optimizer), 0.16);
    const side = (values, more) => ({
      type: "scatter", mode: "lines", x: clamp(Array.from(band.cost), leastX), y: clamp(values, leastY),
      line: { width: 0, shape: "hv", color: colour }, hoverinfo: "skip", ...more,
    });
    return [side(band.low, {}), side(band.high, { fill: "tonexty", fillcolor: colour })];
  }

  // The curves of a group's trials and their band, worked out once.
  const known = new Map();
  function drawable(group, quantity, state) {
    const key = JSON.stringify([group.index, state.unit, quantity.column, state.host]);
    if (!known.has(key)) {
      const curves = Report.costs.counted(group, state.unit)
        .map((t) => Report.series.curve(t, state.unit, quantity.column, quantity.rising)).filter(Boolean);
      known.set(key, { group, curves, band: curves.length ? Report.series.band(curves) : null });
    }
    return known.get(key);
  }

  function prepared(problem, state) {
    const quantity = quantityOf(problem);
    const shown = shownGroups(problem, state).map((group) => drawable(group, quantity, state))
      .filter(({ curves }) => curves.length);
    const all = shown.flatMap(({ curves }) => curves);
    const leastX = state.xScale === "log" ? leastOf(all, (c) => c.cost) / 2 : null;
    let leastY = null;
    if (state.yScale === "log") {
      const floor = quantity.column === "suboptimality" ? problem.floor || 0 : 0;
      leastY = Math.max(floor, leastOf(all, (c) => c.value));
    }
    return { quantity, shown, all, leastX, leastY };
  }

  function tracesOf(problem, state) {
    const { quantity, shown, all, leastX, leastY } = prepared(problem, state);
    const points = Math.max(12, Math.min(300, Math.floor(MOST_POINTS / Math.max(1, all.length))));
    return shown.flatMap(({ group, curves, band }) => {
      const optimizer = Report.data.optimizers[group.optimizer];
      const context = { quantity, unit: state.unit, leastX, leastY };
      if (state.spread === "seeds") {
        return curves.map((each) => {
          const few = Report.series.reduced(each, points);
          return lineOf(few.cost, few.value, context, optimizer, {
            text: wordsOf(group, each.trial), thin: curves.length > 1, meta: { trial: each.trial.index },
          });
        });
      }
      const middle = lineOf(band.cost, band.median, context, optimizer, {
        text: wordsOf(group, null), meta: { trial: curves[curves.length >> 1].trial.index },
      });
      return curves.length > 1 ? [...areaOf(band, context, optimizer), middle] : [middle];
    });
  }

  // A mark for each trial: what it reached, against the bytes of its optimizer's state.
  function stateTraces(problem, state) {
    const quantity = quantityOf(problem);
    return shownGroups(problem, state).filter((g) => g.stateBytes !== null).map((group) => {
      const optimizer = Report.data.optimizers[group.optimizer];
      const bests = group.trials.map((i) => {
        const values = Report.costs.values(Report.data.trials[i], quantity.column).filter(Number.isFinite);
        return values.length ? values.reduce((a, b) => (quantity.rising === a < b ? b : a)) : null;
      });
      const x = state.xScale === "log" ? group.stateBytes || 1 : group.stateBytes;
      return {
        type: "scatter", mode: "markers", x: bests.map(() => x), y: bests, name: Report.plain(optimizer.name),
        customdata: group.trials.map((i) => wordsOf(group, Report.data.trials[i])),
        hovertemplate: `%{customdata}<br>state: ${Report.format.bytes(group.stateBytes)}<br>best: %{y:.4g}<extra></extra>`,
        marker: Report.marker(optimizer, 9),
      };
    });
  }

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

  // Powers of ten alone on an axis that spans two or more.
  function axisOf(type, numbers, words) {
    const positive = numbers.filter((x) => x > 0);
    const [least, most] = positive.reduce(([a, b], x) => [Math.min(a, x), Math.max(b, x)], [Infinity, 0]);
    const dtick = type === "log" && most >= 100 * least ? { dtick: 1 } : {};
    return { type, title: { text: words }, ...dtick };
  }

  const unitAxis = (unit) => (unit === STATE ? "optimizer's state (bytes)" : Report.unit(unit).axis);

  function drawInto(chart, traces, problem, state, about) {
    const quantity = quantityOf(problem);
    const layout = {
      shapes: aims(problem, state),
      xaxis: axisOf(state.xScale, traces.flatMap((t) => t.x), unitAxis(state.unit)),
      yaxis: axisOf(state.yScale, traces.flatMap((t) => t.y), Report.plain(quantity.words)),
    };
    return Report.chart(chart, traces, layout, about);
  }

  function controls(body) {
    const { data, state } = Report;
    const problem = data.problems[state.problem];
    const units = [...Report.usedUnits().map((u) => [u.name, u.words]), [STATE, "bytes of state"]];
    const scales = [["log", "logarithmic"], ["linear", "linear"]];
    const set = (key) => (value) => Report.set({ [key]: value });
    body.querySelector(".controls").replaceChildren(
      Report.choice({ label: "Vertical", id: "y", options: problem.quantities.map((q) => [q.column, q.words]), value: quantityOf(problem).column, change: (y) => chooseY(problem, y) }),
      Report.choice({ label: "Scale", id: "y-scale", options: scales, value: state.yScale, change: set("yScale") }),
      Report.choice({ label: "Horizontal", id: "x", options: units, value: own.state ? STATE : state.unit, change: chooseX }),
      Report.choice({ label: "Scale", id: "x-scale", options: scales, value: state.xScale, change: set("xScale") }),
      Report.choice({ label: "Lines", id: "spread", options: [["band", "median and quartiles"], ["seeds", "every seed"]], value: state.spread, change: set("spread") }),
    );
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

  Report.panel({
    id: "curves", title: "Curves", chart: true, applies: (data) => data.problems.length,
    about: "A click on a point opens its trial. Drag to zoom in; double-click on the chart to zoom out. Dashed: the chosen target.",
    depends: ["problem", "unit", "y", "xScale", "yScale", "spread", "target", "of", "host"],
    draw(body, state) {
      const problem = Report.data.problems[state.problem];
      if (!body.firstChild) {
        body.append(element("div", { class: "controls" }), element("h3", {}), element("div"), element("p", { class: "note" }));
      }
      const [, title, chart, note] = body.children;
      if (own.unit !== state.unit) own.state = false;
      const focused = document.activeElement?.id;
      controls(body);
      if (focused && !body.contains(document.activeElement)) document.getElementById(focused)?.focus();
      title.replaceChildren(Report.name(problem.name));
      const shown = own.state ? { ...state, unit: STATE } : state;
      const traces = own.state ? stateTraces(problem, state) : tracesOf(problem, state);
      const names = shownGroups(problem, state).map((g) => Report.data.optimizers[g.optimizer].name);
      drawInto(chart, traces, problem, shown, `${quantityOf(problem).words} against ${unitAxis(shown.unit)} on ${problem.name}: ${names.join(", ")}. The CSV has the numbers.`);
      note.textContent = traces.length ? problem.passWords : "Nothing to draw: no cost in this unit is known.";
      if (!chart.listens) {
        chart.listens = true;
        chart.on("plotly_click", ({ points }) => {
          const { trial } = points[0].data.meta || {};
          if (trial !== undefined) Report.openTrial(trial);
        });
      }
    },
    table(state) {
      const problem = Report.data.problems[state.problem];
      const { quantity, shown } = prepared(problem, state);
      const rows = shown.flatMap(({ group, curves }) => curves.flatMap(({ trial, cost, value }) =>
        Array.from(cost, (x, i) => [problem.name, Report.data.optimizers[group.optimizer].name, trial.seed, trial.round, x, value[i]])));
      return { columns: ["problem", "optimizer", "seed", "round", state.unit, quantity.column], rows };
    },
  });

  // The curve of one trial, as steps.
  Report.drawCurve = (chart, trial) => {
    const problem = Report.problemOf(trial);
    const state = { ...Report.state, unit: "steps" };
    const quantity = quantityOf(problem);
    const curve = Report.series.curve(trial, "steps", quantity.column, quantity.rising);
    if (!curve) return;
    const context = {
      quantity, unit: "steps",
      leastX: state.xScale === "log" ? 0.5 : null,
      leastY: state.yScale === "log" ? leastOf([curve], (c) => c.value) : null,
    };
    const text = wordsOf(Report.data.groups[trial.group], trial);
    const line = lineOf(curve.cost, curve.value, context, Report.optimizerOf(trial), { text });
    drawInto(chart, [line], problem, state, `${quantity.words} by step of this trial`);
  };
})();
