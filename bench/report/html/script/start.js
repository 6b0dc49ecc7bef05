"use strict";
// Reads the data, chooses what is shown first, and builds the page.
(async () => {
  const text = (id) => document.getElementById(id).textContent;
  const data = JSON.parse(text("report-data"));
  for (const name of ["optimizers", "problems", "groups", "trials", "runs", "hosts", "landscapes"]) {
    data[name].forEach((each, index) => { each.index = index; });
  }
  Report.data = data;
  Report.unit = (name) => data.units.find((unit) => unit.name === name);
  Report.problemOf = (trial) => data.problems[data.groups[trial.group].problem];
  Report.optimizerOf = (trial) => data.optimizers[data.groups[trial.group].optimizer];

  // Units that some trial has spent something of.
  const called = new Set(data.schemas.flat().map(([name]) => name));
  for (const trial of data.trials) {
    for (const target of trial.targets) Object.keys(target?.readings || {}).forEach((k) => called.add(k));
  }
  const kinds = new Set(data.kinds.map((kind) => kind.name));
  const priced = (column) => data.groups.some((g) => Object.keys(g.prices[column] || {}).length);
  const used = data.units.filter((unit) =>
    kinds.has(unit.name) ? called.has(unit.name) : !unit.priced || priced(unit.priced));
  Report.usedUnits = () => used;

  const first = data.problems[0];
  const dark = window.matchMedia?.("(prefers-color-scheme: dark)").matches;
  const has = first?.quantities.some((q) => q.column === "suboptimality");
  Object.assign(Report.state, {
    theme: dark ? "dark" : "light", y: has ? "suboptimality" : "loss",
    target: data.problems.some((p) => p.targets.length) ? { stated: 1 } : { tau: 72 },
  });
  document.documentElement.dataset.theme = Report.state.theme;
  await Report.traces.open(text("report-traces"));
  document.getElementById("loading").remove();
  Report.build(document.getElementById("panels"));
  document.documentElement.dataset.ready = "yes";
})();
