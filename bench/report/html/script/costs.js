"use strict";
// What trials spent: up to a target, or at each row of a trace.
(() => {
  const kinds = () => Report.data.kinds.map((kind) => kind.name);

  // The cost of some calls; `calls` gives the number or numbers of a kind.
  function priced(calls, prices, rows) {
    const total = new Float64Array(rows);
    for (const kind of kinds()) {
      const spent = calls(kind);
      if (!spent) continue;
      const price = prices[kind];
      for (let row = 0; row < rows; row++) {
        if (spent[row]) total[row] += price === undefined ? NaN : spent[row] * price;
      }
    }
    return total;
  }

  // The cost at each row of a trial; null if a price is not known.
  function along(trial, unit) {
    const trace = Report.traces.of(trial);
    const group = Report.data.groups[trial.group];
    const costs = amounts(unit, group, trial, trace.rows, trace.step, trace.seconds, (k) => trace[k]);
    return costs && !costs.some(Number.isNaN) ? costs : null;
  }

  function amounts(unit, group, trial, rows, steps, seconds, calls) {
    if (unit === "seconds") return seconds;
    if (unit === "steps") return steps;
    const found = Report.unit(unit);
    if (found.priced) {
      const prices = group.prices[found.priced] || {};
      return Object.keys(prices).length ? priced(calls, prices, rows) : null;
    }
    if (unit === "examples") {
      const per = trial.examplesPerCall;
      const all = Object.fromEntries(kinds().map((k) => [k, per === null ? NaN : per]));
      return priced(calls, all, rows);
    }
    return calls(unit) || new Float64Array(rows);
  }

  // A quantity at each row.
  function values(trial, column) {
    const trace = Report.traces.of(trial);
    if (column !== "suboptimality") return trace[column] || new Float64Array(trace.rows).fill(NaN);
    const { optimum } = Report.problemOf(trial);
    return trace.loss.map((loss) => loss - optimum);
  }

  // What is to be reached on a problem; null if it is not known.
  function level(problem, target, of) {
    if (target.stated) {
      const stated = problem.targets[problem.targets.length - target.stated];
      if (!stated) return null;
      const quantity = problem.quantities.find((q) => q.column === stated.column);
      return { ...stated, rising: quantity ? quantity.rising : false };
    }
    const quantity = problem.quantities.find((q) => q.column === (of || "loss"));
    if (!quantity || quantity.start === null || quantity.best === null) return null;
    const tau = Report.data.taus[target.tau];
    const value = quantity.best + tau * (quantity.start - quantity.best);
    const sign = quantity.rising ? "≥" : "≤";
    const words = `${quantity.words} ${sign} ${Report.format.general(value, 6)}`;
    return { column: quantity.column, value, rising: quantity.rising, words };
  }

  const beyond = (value, aim, rising) => (rising ? value >= aim : value <= aim);

  // Whether trials ended before they could reach a level: at a stated target.
  function cutOff(problem, aim) {
    const hardest = problem.targets.at(-1);
    return hardest && hardest.column === aim.column && hardest.value !== aim.value
      && beyond(aim.value, hardest.value, aim.rising);
  }

  // The first row at a level or beyond it; -1 for never. A training loss of -Infinity has
  // diverged.
  function crossing(trial, aim) {
    const isOfLoss = ["loss", "suboptimality"].includes(aim.column);
    const counts = (x) => !isOfLoss || Number.isFinite(x);
    const along = values(trial, aim.column);
    return along.findIndex((x) => counts(x) && beyond(x, aim.value, aim.rising));
  }

  const unknown = (trial) => trial.end === "lost" || trial.end === "skipped";

  // Steps, seconds and calls up to a target: null for never, undefined if not known.
  function spent(trial, target) {
    const { problem: place } = Report.data.groups[trial.group];
    const problem = Report.data.problems[place];
    if (unknown(trial)) return undefined;
    if (target.stated) {
      if (target.stated > problem.targets.length) return undefined;
      const reached = trial.targets[problem.targets.length - target.stated];
      return reached === false ? undefined : reached || null;
    }
    const aim = level(problem, target, Report.state.of);
    if (!aim || cutOff(problem, aim)) return undefined;
    const row = crossing(trial, aim);
    if (row < 0) return trial.end === "target" ? undefined : null; // which ended it before
    const trace = Report.traces.of(trial);
    const present = kinds().filter((kind) => trace[kind] && trace[kind][row]);
    const readings = Object.fromEntries(present.map((kind) => [kind, trace[kind][row]]));
    return { steps: trace.step[row], seconds: trace.seconds[row], readings };
  }

  const cache = new Map();

  // The cost of a trial up to a target: Infinity for never, NaN if it is not known.
  function trialCost(trial, unit, target) {
    if (unit === "seconds" && trial.host !== Report.state.host) return NaN;
    const key = `${trial.index} ${unit} ${target.stated || `t${target.tau} ${Report.state.of}`}`;
    if (!cache.has(key)) {
      if (cache.size > 2e5) cache.clear();
      cache.set(key, costOf(trial, unit, target));
    }
    return cache.get(key);
  }

  function costOf(trial, unit, target) {
    const reached = spent(trial, target);
    if (reached === undefined) return NaN;
    const group = Report.data.groups[trial.group];
    const prices = Report.unit(unit).priced;
    if (prices && !Object.keys(group.prices[prices] || {}).length) return NaN;
    if (reached === null) return Infinity;
    if (unit === "seconds" && typeof reached.seconds !== "number") return NaN;
    const one = (x) => (x === undefined ? undefined : [x]);
    const found = amounts(unit, group, trial, 1, [reached.steps], [reached.seconds], (k) => one(reached.readings[k]));
    return found[0];
  }

  // Trials that count: neither lost nor skipped, and in seconds those of the chosen machine.
  const counted = (group, unit) =>
    group.trials.map((i) => Report.data.trials[i])
      .filter((t) => !unknown(t) && (unit !== "seconds" || t.host === Report.state.host));

  // One cost for each seed, in order of seeds.
  const groupCosts = (group, unit, target) =>
    [...Report.statistics.bySeed(counted(group, unit), (t) => trialCost(t, unit, target)).values()];

  const readings = (trial, target) => {
    const reached = spent(trial, target);
    return reached ? reached.readings : null;
  };

  // Whether a problem's trials have no unit in common: passes over batches of several sizes.
  const unknownUnit = (problem, unit) =>
    Boolean(Report.unit(unit).per_pass) && problem.batches.length > 1;

  Report.costs = {
    along, values, level, crossing, counted, readings, unknownUnit,
    trial: trialCost, group: groupCosts,
  };
})();
