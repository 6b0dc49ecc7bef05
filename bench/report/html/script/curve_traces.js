"use strict";
// What the charts of progress draw: of each optimizer the median with its quartiles, or
// every seed, and where trials diverged.
(() => {
  const MOST_POINTS = 6000;
  const MARKS = 12;

  const quantityOf = (problem) =>
    problem.quantities.find((q) => q.column === Report.state.y) || problem.quantities[0];

  const shownGroups = (problem, state) => Report.data.groups.filter(
    (g) => g.problem === problem.index && !state.hidden.has(g.optimizer));

  const optimizerOf = (group) => Report.data.optimizers[group.optimizer];

  // An optimizer with its settings, then what is said of one trial or of all.
  function wordsOf(group, trial) {
    const { data, format } = Report;
    const settings = Object.entries(group.settings).map(([k, v]) => `${k} = ${JSON.stringify(v)}`);
    const lines = [`<b>${Report.plain(optimizerOf(group).name)}</b>`];
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
  const clamp = (numbers, least) =>
    numbers.map((x) => (Number.isFinite(x) ? (x > 0 || least === null ? x : least) : null));

  function leastOf(curves, pick) {
    let least = Infinity;
    for (const each of curves) for (const x of pick(each)) if (x > 0 && x < least) least = x;
    return least;
  }

  // The points of a line, with what is said of each.
  function pointsOf({ cost, value }, unit, group, trial) {
    const words = wordsOf(group, trial);
    const [x, y] = [Array.from(cost), Array.from(value)];
    const said = x.map((c, i) => [Report.format.unit(unit, c), Report.format.loss(y[i]), words]);
    return { x, y, said };
  }

  // What is drawn of a group, worked out once: hiding and showing changes none of it.
  const known = new Map();
  function drawable(group, quantity, { unit, host }) {
    const key = JSON.stringify([group.index, unit, quantity.column, host]);
    if (!known.has(key)) known.set(key, worked(group, quantity, unit));
    return known.get(key);
  }

  function worked(group, quantity, unit) {
    const curves = Report.costs.counted(group, unit)
      .map((t) => Report.series.curve(t, unit, quantity.column, quantity.rising)).filter(Boolean);
    const band = curves.length ? Report.series.band(curves) : null;
    return {
      group, curves, unit, band, made: new Map(),
      middle: band && pointsOf({ cost: band.cost, value: band.median }, unit, group, null),
      leastCost: leastOf(curves, (c) => c.cost), leastValue: leastOf(curves, (c) => c.value),
    };
  }

  // The groups of a problem with curves, which of them are shown, and what stands for 0
  // on logarithmic axes.
  function prepared(problem, state) {
    const quantity = quantityOf(problem);
    const all = Report.data.groups.filter((group) => group.problem === problem.index)
      .map((group) => drawable(group, quantity, state)).filter(({ curves }) => curves.length);
    const shown = all.filter(({ group }) => !state.hidden.has(group.optimizer));
    const least = (name) => {
      const own = Math.min(...shown.map((each) => each[name]));
      return own === Infinity ? 1 : own;
    };
    const floor = quantity.column === "suboptimality" ? problem.floor || 0 : 0;
    return {
      quantity, all, shown, unit: state.unit, theme: state.theme,
      leastX: state.xScale === "log" ? least("leastCost") / 2 : null,
      leastY: state.yScale === "log" ? Math.max(floor, least("leastValue")) : null,
    };
  }

  // What is made of a group for a chart, kept for as long as the same shall stand in it:
  // plotly draws anew where an array is another one.
  function once({ made }, shall, make) {
    const key = JSON.stringify(shall);
    if (!made.has(key)) made.set(key, make());
    return made.get(key);
  }

  function lineOf(points, context, optimizer, { thin, meta }) {
    return {
      type: "scatter", mode: thin ? "lines" : "lines+markers", name: Report.plain(optimizer.name),
      x: clamp(points.x, context.leastX), y: clamp(points.y, context.leastY),
      customdata: points.said, hovertemplate: hoverOf(context),
      line: { ...Report.line(optimizer, thin ? 1.1 : 2), shape: "hv" },
      marker: { ...Report.marker(optimizer), maxdisplayed: MARKS },
      opacity: thin ? 0.75 : 1, meta,
    };
  }

  const hoverOf = ({ unit, quantity }) =>
    `%{customdata[2]}<br>${Report.plain(Report.unit(unit).words)}: %{customdata[0]}<br>${Report.plain(quantity.words)}: %{customdata[1]}<extra></extra>`;

  function areaOf(band, { leastX, leastY }, optimizer) {
    const colour = Report.faint(Report.colour(optimizer), 0.16);
    const side = (values, more) => ({
      type: "scatter", mode: "lines", x: clamp(band.cost, leastX), y: clamp(values, leastY),
      line: { width: 0, shape: "hv", color: colour }, hoverinfo: "skip", ...more,
    });
    return [side(band.low, {}), side(band.high, { fill: "tonexty", fillcolor: colour })];
  }

  // The median of a group, on the area between its quartiles.
  function median({ group, curves, band, middle }, context) {
    const optimizer = optimizerOf(group);
    const meta = { trial: curves[curves.length >> 1].trial.index };
    const line = lineOf(middle, context, optimizer, { thin: false, meta });
    return curves.length > 1 ? [...areaOf(band, context, optimizer), line] : [line];
  }

  // A line for each trial of a group, with about as many points as a chart has room for.
  function everySeed({ group, curves, unit }, context, count) {
    return curves.map((each) => {
      const points = pointsOf(Report.series.reduced(each, count), unit, group, each.trial);
      const how = { thin: curves.length > 1, meta: { trial: each.trial.index } };
      return lineOf(points, context, optimizerOf(group), how);
    });
  }

  // A mark where each trial that diverged leaves what is drawn of the others.
  function departuresOf({ group, curves, unit }, limits, context) {
    const left = curves.filter((each) => each.left);
    if (!left.length) return [];
    const at = left.map((each) => Report.series.departure(each, limits));
    const { unit: cost, loss } = Report.format;
    const said = at.map((one, i) => [cost(unit, one.cost), loss(one.found), wordsOf(group, left[i].trial)]);
    return [{
      type: "scatter", mode: "markers", name: "diverged",
      x: clamp(at.map((one) => one.cost), context.leastX), y: clamp(at.map((one) => one.value), context.leastY),
      customdata: said, hovertemplate: hoverOf(context),
      marker: { symbol: "x", size: 9, color: Report.colour(optimizerOf(group)) },
      meta: { trials: left.map(({ trial }) => trial.index) },
    }];
  }

  // The least and the greatest value of lines; all numbers if there are none.
  function limitsOf(lines) {
    let [low, high] = [Infinity, -Infinity];
    for (const { y } of lines) {
      for (const value of y) {
        if (value !== null && value < low) low = value;
        if (value !== null && value > high) high = value;
      }
    }
    return low <= high ? [low, high] : [-Infinity, Infinity];
  }

  // The traces of a problem. What is hidden is among them but cannot be seen: plotly then
  // keeps what it has drawn of the others.
  function tracesOf(problem, state) {
    const context = prepared(problem, state);
    const { all, shown, leastX, leastY, theme } = context;
    const trials = all.reduce((sum, { curves }) => sum + curves.length, 0);
    const count = Math.max(12, Math.min(300, Math.floor(MOST_POINTS / Math.max(1, trials))));
    const linesOf = (each) => once(each, [state.spread, leastX, leastY, theme], () =>
      (state.spread === "seeds" ? everySeed(each, context, count) : median(each, context)));
    const limits = limitsOf(shown.flatMap(linesOf));
    const marksOf = (each) => once(each, [limits, leastX, leastY, theme], () =>
      departuresOf(each, limits, context));
    const seen = (make) => (each) => (shown.includes(each) ? make(each) : make(each).map(unseen));
    return [...all.flatMap(seen(linesOf)), ...all.flatMap(seen(marksOf))];
  }

  const unseen = (trace) => ({ ...trace, opacity: 0, hoverinfo: "skip" });

  // A mark for each trial: what it reached, against the bytes of its optimizer's state.
  function ofState(problem, state) {
    const quantity = quantityOf(problem);
    return shownGroups(problem, state).filter((g) => g.stateBytes !== null).map((group) => {
      const optimizer = optimizerOf(group);
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

  // The curve of one trial, as steps; none if it has none.
  function ofTrial(trial, state) {
    const quantity = quantityOf(Report.problemOf(trial));
    const curve = Report.series.curve(trial, "steps", quantity.column, quantity.rising);
    if (!curve) return [];
    const group = Report.data.groups[trial.group];
    const least = leastOf([curve], (c) => c.value);
    const context = {
      quantity, unit: "steps",
      leastX: state.xScale === "log" ? 0.5 : null,
      leastY: state.yScale === "log" ? (least === Infinity ? 1 : least) : null,
    };
    const points = pointsOf(curve, "steps", group, trial);
    const line = lineOf(points, context, optimizerOf(group), { thin: false });
    const own = { group, curves: [curve], unit: "steps" };
    return [line, ...departuresOf(own, limitsOf([line]), context)];
  }

  Report.curves = { quantityOf, shownGroups, prepared, tracesOf, ofState, ofTrial };
})();
