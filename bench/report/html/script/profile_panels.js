"use strict";
// Performance profiles and data profiles over the problems, at the target chosen.
(() => {
  const LEAST = 2; // problems, below which there is no profile

  const wordsOf = (state) => Report.unit(state.unit).words;
  const RATIOS = {
    tableOf: Report.competition,
    costsOf: (table) => Report.profiles.ratiosToBest(table.medians),
    title: (state) => `${wordsOf(state)} relative to the best of those shown`,
    limits: () => [1, Report.profiles.CAP],
    words: "Performance profiles",
    column: "ratio",
    choices: Report.divisionChoices,
  };
  const BUDGETS = {
    tableOf: (state) =>
      state.tolerance ? Report.convergent(state, state.tolerance) : Report.competition(state),
    costsOf: (table) => table.medians,
    title: (state) =>
      state.tolerance ? "budget: simplex gradients" : `budget: ${Report.unit(state.unit).axis}`,
    limits: limitsOf,
    words: "Data profiles",
    column: "budget",
    choices: (state) => [...toleranceChoices(state), ...Report.divisionChoices(state)],
  };

  // Only where simplex gradients are known: not of costs to targets alone.
  function toleranceChoices(state) {
    if (!Report.data.groups.some(Report.convergence.isScaled)) return [];
    const { TOLERANCES } = Report.convergence;
    const words = (tau) => `${Report.format.general(tau)} of the decrease to the best is left`;
    const options = [[0, "the target is reached"], ...TOLERANCES.map((tau) => [tau, words(tau)])];
    const change = (tolerance) => Report.set({ tolerance });
    const value = state.tolerance ?? 0;
    return [Report.choice({ label: "Solved if", id: "tolerance", options, value, change })];
  }

  function limitsOf(costs) {
    const known = costs.flat().filter((x) => Number.isFinite(x) && x > 0);
    const [low, high] = known.length ? [Math.min(...known), Math.max(...known)] : [1, 10];
    return [low / 1.5, Math.max(high * 1.5, low * 10)];
  }

  function draw(element, state, kind) {
    Report.controls(Report.slot(element, "controls"), kind.choices(state));
    const chart = Report.slot(element, "chart");
    const table = kind.tableOf(state);
    if (table.problems.length < LEAST) {
      const few = "The optimizers shown have such costs on fewer than two problems.";
      Report.instead(chart, few);
      return;
    }
    const costs = kind.costsOf(table);
    const ends = kind.limits(costs);
    const xtitle = { text: kind.title(state) };
    const ytitle = { text: "share of problems solved" };
    const layout = {
      height: 400,
      xaxis: { title: xtitle, type: "log", range: ends.map(Math.log10) },
      yaxis: { title: ytitle, range: [-0.02, 1.04], tickformat: ".0%" },
    };
    const profile = (one, i) => stairs(one, costs.map((row) => row[i]), ends);
    const about = `${kind.words} over ${table.problems.length} problems`;
    Report.drawn(chart, table.competitors.map(profile), layout, about);
  }

  function stairs({ name, optimizer }, costs, [low, high]) {
    const { at, share } = Report.profiles.staircase(costs);
    const inside = at.filter((x) => x <= high).length;
    const last = inside ? share[inside - 1] : 0;
    return {
      type: "scatter", mode: "lines", name: Report.plain(name),
      line: { ...Report.line(optimizer), shape: "hv" },
      x: [low, ...at.slice(0, inside), high],
      y: [0, ...share.slice(0, inside), last],
      hovertemplate: "%{y:.0%} at %{x:.3g}",
    };
  }

  // A row for each step of each profile.
  function table(state, kind) {
    const { competitors, ...competition } = kind.tableOf(state);
    const costs = kind.costsOf(competition);
    const rows = competitors.flatMap(({ name }, i) => {
      const { at, share } = Report.profiles.staircase(costs.map((row) => row[i]));
      return at.map((x, step) => [name, x, share[step]]);
    });
    return { columns: ["optimizer", kind.column, "share"], rows };
  }

  function panel(id, title, about, kind) {
    Report.panel({
      id, title, about, chart: true,
      depends: [...Report.DIVISION, "tolerance"],
      applies: Report.competes,
      draw: (element, state) => draw(element, state, kind),
      table: (state) => table(state, kind),
    });
  }

  panel(
    "profiles",
    "Performance profiles",
    "The share of problems that an optimizer solves at up to that many times the lowest " +
      "cost of the optimizers shown. Medians over seeds; higher is better.",
    RATIOS,
  );
  panel(
    "data-profiles",
    "Data profiles",
    "The share of problems that an optimizer solves within a budget. Medians over seeds; " +
      "higher is better.",
    BUDGETS,
  );
})();
