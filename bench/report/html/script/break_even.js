"use strict";
// The price of a gradient at which two optimizers cost the same, as in
// bench/statistics/break_even.py. gradients[2][seeds] are calls until the target,
// Infinity for never; others[2][seeds] the cost of all other calls in forward passes.
(() => {
  // In how many seeds each of the two is cheaper; equal costs are not counted.
  function wins(gradients, others, price) {
    const counts = [0, 0];
    gradients[0].forEach((_, seed) => {
      const [first, second] = [0, 1].map((i) => price * gradients[i][seed] + others[i][seed]);
      if (first < second) counts[0]++;
      if (second < first) counts[1]++;
    });
    return counts;
  }

  // The prices at which the winner in most seeds changes, in ascending order.
  function breakEvens(gradients, others) {
    const edges = equalPrices(gradients, others);
    const counts = between(edges).map((price) => wins(gradients, others, price));
    const seeds = gradients[0].length;
    return changes(edges, counts, seeds + 1 - Report.statistics.widestRank(seeds));
  }

  // The prices at which some seed's winner changes, in ascending order.
  function equalPrices(gradients, others) {
    const prices = gradients[0].map(
      (_, i) => (others[1][i] - others[0][i]) / (gradients[0][i] - gradients[1][i]),
    );
    const met = prices.filter((price) => Number.isFinite(price) && price > 0);
    return [...new Set(met)].sort((a, b) => a - b);
  }

  // One price inside each interval of edges: half the first, means, twice the last.
  function between(edges) {
    if (!edges.length) return [1];
    const ends = [edges[0] / 4, ...edges, edges.at(-1) * 4];
    return ends.slice(1).map((end, i) => Math.sqrt(ends[i] * end));
  }

  // A price between each two neighbouring intervals with different winners.
  function changes(edges, counts, needed) {
    const winner = counts.map(([first, second]) => Math.sign(second - first));
    const decided = winner.flatMap((sign, i) => (sign ? [i] : []));
    return decided.slice(1).flatMap((right, i) => {
      const left = decided[i];
      if (winner[left] === winner[right]) return [];
      const [below, above] = [left, right].map((place) => (winner[place] > 0 ? 1 : 0));
      const sureBelow = counts.slice(0, left + 1).findLastIndex((n) => n[below] >= needed);
      const sureAbove = counts.slice(right).findIndex((n) => n[above] >= needed);
      const low = sureBelow < 0 ? 0 : edges[sureBelow];
      const high = sureAbove < 0 ? Infinity : edges[right + sureAbove - 1];
      return { below, above, price: edges[left], low, high };
    });
  }

  Report.breakEven = { wins, breakEvens };
})();
