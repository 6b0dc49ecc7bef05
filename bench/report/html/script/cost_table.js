"use strict";
// The costs of competing optimizers, as CostTable in bench/report/comparison.py: each of
// an optimizer's settings competes, but the settings that tuning chose with different
// draw seeds are one competitor.
(() => {
  const NO_DRAW_SEED = 0;

  // Returns the indices of the `problems`, the `competitors` (of each its name and the
  // first of its optimizers), byDraw[problem][competitor][draw seed][seed], the same
  // `pooled` over draw seeds and seeds, and the `medians` of that.
  // Args: the groups that take part; the unit of the costs; cost(trial): Infinity for
  // never, NaN for unknown.
  function costTable(groups, unit, cost) {
    const seeds = ascending(groups.flatMap((g) => g.trials.map((i) => trialOf(i).seed)));
    const drawn = ascending(groups.flatMap((g) => g.drawSeeds));
    const drawSeeds = drawn.length ? drawn : [NO_DRAW_SEED];
    const problems = distinct(groups.map((g) => g.problem));
    const names = distinct(groups.map(nameOf));
    const empty = () => drawSeeds.map(() => seeds.map(() => NaN));
    const byDraw = problems.map(() => names.map(empty));
    for (const group of groups) {
      const costs = bySeed(Report.costs.counted(group, unit), cost, seeds);
      const row = byDraw[problems.indexOf(group.problem)];
      const of = group.drawSeeds.length ? group.drawSeeds : drawSeeds;
      for (const draw of of) row[names.indexOf(nameOf(group))][drawSeeds.indexOf(draw)] = costs;
    }
    const competitors = names.map((name) => {
      return { name, optimizer: optimizerOf(groups.find((g) => nameOf(g) === name)) };
    });
    const pooled = byDraw.map((row) => row.map((draws) => draws.flat()));
    const medians = pooled.map((row) => row.map(Report.statistics.medians));
    return { problems, competitors, byDraw, pooled, medians };
  }

  // The costs in the order of seeds, all NaN if one of the trials has an unknown one.
  function bySeed(trials, cost, seeds) {
    const costs = Report.statistics.bySeed(trials, cost);
    const unknown = [...costs.values()].some(Number.isNaN);
    return seeds.map((seed) => (unknown || !costs.has(seed) ? NaN : costs.get(seed)));
  }

  const trialOf = (index) => Report.data.trials[index];
  const optimizerOf = (group) => Report.data.optimizers[group.optimizer];
  const nameOf = (group) => optimizerOf(group).competitor;
  const distinct = (values) => [...new Set(values)];
  const ascending = (numbers) => distinct(numbers).sort((a, b) => a - b);

  Report.costTable = costTable;
})();
