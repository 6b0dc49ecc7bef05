"use strict";
// Ranks by profile area with bootstrap probabilities, as in bench/statistics/ranks.py.
(() => {
  const DIGITS = 1e12; // areas that agree to this are a tie: they differ by rounding

  // The first and the last rank of each score, the largest first; they differ in a tie.
  function ranks(scores) {
    const order = scores.map((x) => (Number.isNaN(x) ? -DIGITS : Math.round(x * DIGITS)));
    return order.map((own) => ({
      first: 1 + order.filter((x) => x > own).length,
      last: order.filter((x) => x >= own).length,
    }));
  }

  // Returns the bootstrap probability of each rank: an array over solvers of arrays over
  // ranks. In a resample without any problem that a solver applies to, it has the area of
  // all problems. A generator, and its costs, as `Report.resampledAreas`.
  function* rankChances(costs) {
    const chances = costs[0].map((_, __, solvers) => solvers.map(() => 0));
    const whole = Report.profiles.areas(costs.map((row) => row.map(medianOfAll)));
    const resampled = yield* Report.resampledAreas(costs);
    for (const drawn of resampled) {
      const scores = drawn.map((x, solver) => (Number.isNaN(x) ? whole[solver] : x));
      ranks(scores).forEach(({ first, last }, solver) => {
        const share = 1 / (last - first + 1) / resampled.length;
        for (let rank = first; rank <= last; rank++) chances[solver][rank - 1] += share;
      });
    }
    return chances;
  }

  const medianOfAll = (byDrawSeed) => Report.statistics.medians(byDrawSeed.flat());

  // Each solver's likely ranks, with equal probability on both sides.
  function likelyRanks(chances, confidence = 0.95) {
    const outside = (1 - confidence) / 2;
    return chances.map((row) => {
      let sum = 0;
      const upTo = row.map((x) => (sum += x) - 1e-9); // rounding must not move it across
      const low = upTo.filter((x) => x <= outside).length;
      const high = upTo.filter((x) => x < 1 - outside - 2e-9).length;
      const last = row.length - 1;
      return { low: Math.min(low, last) + 1, high: Math.min(high, last) + 1 };
    });
  }

  Report.ranks = { ranks, rankChances, likelyRanks };
})();
