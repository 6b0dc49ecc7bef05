"use strict";
// One problem's optimizers by gradients and other calls until the target, the best
// setting of each, as Contest in bench/report/prices.py.
(() => {
  // Returns the measured `price` of a gradient in forward passes, the `competitors` (the
  // cheapest at that price first), and of each its `gradients` and `others`, by draw seed
  // and seed; null if prices are not known or fewer than two reach the target.
  function contest(groups, target) {
    const measured = groups.map((g) => g.prices.ratio_to_forward?.gradient);
    const price = measured.find((x) => x !== undefined);
    if (price === undefined) return null;
    const ofCalls = (cost) => Report.costTable(groups, "gradient", cost);
    const gradients = ofCalls((t) => Report.costs.trial(t, "gradient", target));
    const others = ofCalls((t) => costOfOthers(t, target)).pooled[0];
    const all = gradients.competitors.map((competitor, i) => {
      const calls = { gradients: gradients.pooled[0][i], others: others[i] };
      return { ...competitor, ...calls, cost: costAt(calls, price) };
    });
    const ranked = all.filter((one) => Number.isFinite(one.cost));
    ranked.sort((a, b) => a.cost - b.cost);
    const isBest = (one, i) => ranked.findIndex((x) => family(x) === family(one)) === i;
    const competitors = ranked.filter(isBest);
    return competitors.length < 2 ? null : { price, competitors };
  }

  const family = ({ optimizer }) => optimizer.family;

  // The cost of all calls but gradients until the target, in forward passes.
  function costOfOthers(trial, target) {
    const gradients = Report.costs.trial(trial, "gradient", target);
    if (!Number.isFinite(gradients)) return gradients;
    const prices = Report.data.groups[trial.group].prices.ratio_to_forward;
    const readings = Object.entries(Report.costs.readings(trial, target));
    const others = readings.filter(([kind, calls]) => kind !== "gradient" && calls > 0);
    return others.reduce((sum, [kind, calls]) => sum + calls * (prices[kind] ?? NaN), 0);
  }

  // The median cost with a gradient of that price, in forward passes.
  function costAt({ gradients, others }, price) {
    const costs = gradients.map((calls, i) => price * calls + others[i]);
    return Report.statistics.medians(costs);
  }

  // The break-even prices of two competitors, over the seeds that both have.
  function breakEvens(pair) {
    const isKnown = (i) => !pair.some((one) => Number.isNaN(one.gradients[i] + one.others[i]));
    const known = [...pair[0].gradients.keys()].filter(isKnown);
    const [gradients, others] = ["gradients", "others"].map((calls) =>
      pair.map((one) => known.map((i) => one[calls][i])),
    );
    return Report.breakEven.breakEvens(gradients, others);
  }

  Report.contest = { contest, costAt, breakEvens };
})();
