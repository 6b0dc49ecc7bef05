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
  // ranks. A generator, and its costs, as `Report.resampledAreas`.
  function* rankChances(costs) {
    const chances = costs[0].map((_, __, solvers) => solvers.map(() => 0));
    const resampled = telling(yield* Report.resampledAreas(costs), costs);
    for (const scores of resampled) {
      ranks(scores).forEach(({ first, last }, solver) => {
        const share = 1 / (last - first + 1) / resampled.length;
        for (let rank = first; rank <= last; rank++) chances[solver][rank - 1] += share;
      });
    }
    return chances;
  }

  // The resamples in which every solver with a known cost has an area: another one says
  // nothing of the ranks. If there is none, all these solvers are alike.
  function telling(resampled, costs) {
    const isKnown = costs[0].map((_, i) =>
      costs.some((row) => row[i].flat().some((x) => !Number.isNaN(x))),
    );
    const isWhole = (scores) => scores.every((x, i) => !isKnown[i] || !Number.isNaN(x));
    const whole = resampled.filter(isWhole);
    return whole.length ? whole : [isKnown.map((known) => (known ? 0 : NaN))];
  }

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
