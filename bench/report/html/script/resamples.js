"use strict";
// Profile areas of resampled problems and seeds, as in bench/statistics/ranks.py. Both
// functions are generators that yield often, so that the page answers between.
(() => {
  const RESAMPLES = 2000;
  const OFTEN = 20; // resamples between two yields
  const known = new Map();

  // For each place of a problem: the problem drawn, how often each of its seeds was, and
  // how often each draw seed of each solver was; by resample. The draws do not depend on
  // a cost: they are made once for each shape of the costs.
  function* draws(problems, solvers, drawSeeds, seeds) {
    const shape = [problems, solvers, drawSeeds, seeds].join();
    if (!known.has(shape)) {
      const draw = Report.boundedIntegers();
      const places = [];
      while (places.length < problems) {
        const problem = Uint32Array.from({ length: RESAMPLES }, () => draw(problems));
        const ofSeeds = counted(draw, RESAMPLES, seeds);
        yield;
        const ofDrawSeeds = counted(draw, RESAMPLES * solvers, drawSeeds);
        places.push({ problem, ofSeeds, ofDrawSeeds });
        yield;
      }
      known.set(shape, places);
    }
    return known.get(shape);
  }

  // How often each of n numbers was drawn in n draws, row by row.
  function counted(draw, rows, n) {
    const counts = new Uint16Array(rows * n);
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < n; i++) counts[row * n + draw(n)]++;
    }
    return counts;
  }

  // Returns the areas of each resample: an array of arrays over solvers.
  // costs[problem][solver][draw seed][seed]: Infinity for never, NaN for a missing trial;
  // a solver that is not tuned has the same costs for each draw seed.
  function* resampledAreas(costs) {
    const solvers = costs[0].length;
    const [drawSeeds, seeds] = [costs[0][0].length, costs[0][0][0].length];
    const places = yield* draws(costs.length, solvers, drawSeeds, seeds);
    const ranked = costs.map((row) => row.map(rankedCosts));
    const areas = [];
    for (let i = 0; i < RESAMPLES; i++) {
      const medians = places.map(({ problem, ofSeeds, ofDrawSeeds }) => {
        const own = ofSeeds.subarray(i * seeds, (i + 1) * seeds);
        return ranked[problem[i]].map((costs, solver) =>
          drawnMedian(costs, own, ofDrawSeeds, (i * solvers + solver) * drawSeeds),
        );
      });
      areas.push(Report.profiles.areas(medians));
      if (i % OFTEN === 0) yield;
    }
    return areas;
  }

  // One solver's known costs on one problem in ascending order, and where each is from.
  function rankedCosts(byDrawSeed) {
    const all = byDrawSeed.flatMap((costs, drawSeed) =>
      costs.map((cost, seed) => ({ cost, drawSeed, seed })),
    );
    const ranked = all.filter(({ cost }) => !Number.isNaN(cost));
    return ranked.sort((a, b) => (a.cost < b.cost ? -1 : a.cost > b.cost ? 1 : 0));
  }

  // The median of the costs of a resample; NaN if none of them is known.
  function drawnMedian(ranked, ofSeeds, ofDrawSeeds, first) {
    let count = 0;
    for (const { drawSeed, seed } of ranked) {
      count += ofDrawSeeds[first + drawSeed] * ofSeeds[seed];
    }
    let left = Math.max(count - 1, 0) >> 1;
    for (const { cost, drawSeed, seed } of ranked) {
      left -= ofDrawSeeds[first + drawSeed] * ofSeeds[seed];
      if (left < 0) return cost;
    }
    return NaN;
  }

  Report.resampledAreas = resampledAreas;
})();
