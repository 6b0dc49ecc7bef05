"use strict";
// Costs of a decrease to a tolerance of the best one found, in simplex gradients, as in
// bench/report/convergence.py. Targets play no part.
(() => {
  const TOLERANCES = [1e-1, 1e-3, 1e-5, 1e-7];

  const problemOf = (group) => Report.data.problems[group.problem];

  // Whether a simplex gradient of a group's problem is known: n + 1 forward passes.
  const isScaled = (group) =>
    problemOf(group).parameters !== null && problemOf(group).leastFound !== null;

  // The simplex gradients until f(x) <= f_L + τ (f(x₀) - f_L), f_L the least loss found.
  function toTolerance(trial, tolerance) {
    const group = Report.data.groups[trial.group];
    const { parameters, leastFound } = problemOf(group);
    const prices = group.prices.flops ?? {};
    if (!prices.forward) return NaN;
    const { loss, rows } = Report.traces.of(trial);
    if (!rows) return Infinity;
    const level = leastFound + tolerance * (loss[0] - leastFound);
    const row = Report.costs.crossing(trial, { column: "loss", value: level, rising: false });
    if (row < 0) return Infinity;
    return flops(trial, row, prices) / prices.forward / (parameters + 1);
  }

  function flops(trial, row, prices) {
    const trace = Report.traces.of(trial);
    const kinds = Report.data.kinds.map((kind) => kind.name);
    const called = kinds.filter((kind) => trace[kind]?.[row]);
    return called.reduce((sum, kind) => sum + trace[kind][row] * (prices[kind] ?? NaN), 0);
  }

  Report.convergence = { TOLERANCES, isScaled, toTolerance };
})();
