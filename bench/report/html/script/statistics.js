"use strict";
// Medians and intervals as in bench/statistics/intervals.py.
(() => {
  const sorted = (numbers) => Float64Array.from(numbers).sort();

  // The least number that at least half of the numbers do not exceed; NaN if one is NaN.
  const median = (numbers) => {
    if (!numbers.length || numbers.some(Number.isNaN)) return NaN;
    return sorted(numbers)[(numbers.length - 1) >> 1];
  };

  // The same of the numbers that are known.
  const medians = (numbers) => median(numbers.filter((x) => !Number.isNaN(x)));

  const choose = (n, k) => {
    let product = 1;
    for (let i = 1; i <= k; i++) product = (product * (n - k + i)) / i;
    return product;
  };

  // The coverage of the interval between the r-th least and the r-th greatest of n.
  const coverage = (n, r) => {
    let below = 0;
    for (let i = 0; i < r; i++) below += choose(n, i);
    return Math.max(0, 1 - (2 * below) / 2 ** n);
  };

  const widestRank = (n, confidence = 0.95) => {
    let rank = 1;
    while (2 * (rank + 1) <= n && coverage(n, rank + 1) >= confidence) rank += 1;
    return rank;
  };

  // The median with order statistics around it, and the coverage of these.
  const interval = (numbers, confidence = 0.95) => {
    if (!numbers.length || numbers.some(Number.isNaN)) {
      return { median: NaN, low: NaN, high: NaN, coverage: NaN };
    }
    const ranked = sorted(numbers);
    const n = ranked.length;
    const rank = widestRank(n, confidence);
    return {
      median: ranked[(n - 1) >> 1], low: ranked[rank - 1], high: ranked[n - rank],
      coverage: coverage(n, rank),
    };
  };

  // One number for each seed, its median over the rounds, in order of seeds.
  const bySeed = (trials, number) => {
    const seeds = new Map();
    for (const trial of trials) {
      if (!seeds.has(trial.seed)) seeds.set(trial.seed, []);
      seeds.get(trial.seed).push(number(trial));
    }
    return new Map([...seeds].sort(([a], [b]) => a - b).map(([seed, xs]) => [seed, median(xs)]));
  };

  Report.statistics = { median, medians, interval, coverage, widestRank, bySeed };
})();
