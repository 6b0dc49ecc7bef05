"use strict";
// Performance profiles and their areas, as in bench/statistics/profiles.py. Costs are an
// array over problems of arrays over solvers: Infinity for never, NaN where a solver does
// not apply.
(() => {
  const CAP = 100; // the ratio to the best above which a cost adds nothing to the area

  // The costs over the least of each problem; all Infinity where nobody arrives.
  function ratiosToBest(costs) {
    return costs.map((row) => {
      const least = Math.min(...row.map((x) => (Number.isNaN(x) ? Infinity : x)));
      return row.map((x) => (x === Infinity ? x : x === least ? 1 : x / least));
    });
  }

  // The area under each solver's profile in log ratio, from 0 to 1; NaN for nowhere.
  function areas(costs) {
    const ratios = ratiosToBest(costs);
    return costs[0].map((_, solver) => {
      const own = ratios.map((row) => row[solver]).filter((x) => !Number.isNaN(x));
      const each = own.map((x) => 1 - Math.log(Math.min(x, CAP)) / Math.log(CAP));
      return each.length ? each.reduce((sum, x) => sum + x, 0) / each.length : NaN;
    });
  }

  // Where one solver's profile rises, and the shares there.
  function staircase(costs) {
    const applies = costs.filter((x) => !Number.isNaN(x)).sort((a, b) => a - b);
    const rises = applies.flatMap((x, i) => {
      const last = Number.isFinite(x) && applies[i + 1] !== x;
      return last ? [{ at: x, share: (i + 1) / applies.length }] : [];
    });
    return { at: rises.map((r) => r.at), share: rises.map((r) => r.share) };
  }

  Report.profiles = { CAP, ratiosToBest, areas, staircase };
})();
