"use strict";
// Curves of trials, and the band of several: as in bench/report/plots/scene.py.
(() => {
  const POINTS = 300;

  // A trial's progress: costs that do not fall, and the value at each; null if unknown.
  function curve(trial, unit, column, rising) {
    const costs = Report.costs.along(trial, unit);
    if (!costs || !costs.length) return null;
    const values = Report.costs.values(trial, column);
    const rows = [];
    for (let row = 0; row < values.length; row++) {
      if (!Number.isNaN(values[row]) || (column === "loss" || column === "suboptimality")) rows.push(row);
    }
    if (!rows.length) return null;
    const worst = rising ? -Infinity : Infinity;
    const value = Float64Array.from(rows, (row) => (Number.isFinite(values[row]) ? values[row] : worst));
    return { trial, cost: Float64Array.from(rows, (row) => costs[row]), value, worst, left: trial.end === "diverged" };
  }

  // The last place whose cost is at most this; -1 if there is none.
  function last(costs, cost) {
    let [low, high] = [0, costs.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (costs[middle] <= cost) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  function at(each, cost) {
    if (each.left && cost > each.cost.at(-1)) return each.worst;
    return each.value[Math.max(0, last(each.cost, cost))];
  }

  // The cost at which half of the curves have ended; a diverged one never does.
  function halfEnded(curves) {
    const ends = curves.filter((c) => !c.left).map((c) => c.cost.at(-1)).sort((a, b) => a - b);
    const half = (curves.length + 1) >> 1;
    return ends.length >= half ? ends[half - 1] : Infinity;
  }

  // About this many of rising costs, evenly on a logarithmic scale, and both ends.
  function thinned(costs, points = POINTS) {
    if (costs.length <= points) return costs;
    const positive = costs.filter((cost) => cost > 0);
    const [first, end] = [Math.log(positive[0]), Math.log(positive.at(-1))];
    const kept = new Set(costs.filter((cost) => cost <= 0));
    for (let i = 0; i < points; i++) {
      const wanted = Math.exp(first + ((end - first) * i) / (points - 1));
      kept.add(positive[Math.max(0, last(positive, wanted * (1 + 1e-12)))]);
    }
    return [...kept].sort((a, b) => a - b);
  }

  // Lower quartile, median and upper quartile of curves, until half of them have ended.
  function band(curves) {
    const end = halfEnded(curves);
    const all = new Set();
    for (const each of curves) for (const cost of each.cost) if (cost <= end) all.add(cost);
    const cost = thinned([...all].sort((a, b) => a - b));
    const ranks = [0.25, 0.5, 0.75].map((q) => Math.ceil(q * curves.length) - 1);
    const rows = [[], [], []];
    for (const x of cost) {
      const values = Float64Array.from(curves, (each) => at(each, x)).sort();
      ranks.forEach((rank, i) => rows[i].push(values[rank]));
    }
    return { cost, low: rows[0], median: rows[1], high: rows[2] };
  }

  // A curve with as many points as a chart shows.
  function reduced(each, points) {
    const cost = thinned([...new Set(each.cost)], points);
    return { ...each, cost, value: cost.map((x) => at(each, x)) };
  }

  // Where a curve leaves what is drawn between two values: at its first point after the
  // last one inside, with a `value` on the edge; `found` is what the trial had there.
  function departure(each, [low, high]) {
    const inside = each.value.findLastIndex((x) => Number.isFinite(x) && x >= low && x <= high);
    const place = Math.min(inside + 1, each.value.length - 1);
    const found = each.value[place];
    return { cost: each.cost[place], value: Math.min(high, Math.max(low, found)), found };
  }

  Report.series = { curve, band, reduced, departure, at };
})();
