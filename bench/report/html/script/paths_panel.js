"use strict";
// The paths of the optimizers shown across the landscape of a problem with two parameters.
(() => {
  const LEVELS = 18;
  const ROOM = 0.12; // around paths and minimisers, as a share of what they span
  const STAR = { symbol: "star", size: 13, color: "#F0C000" };

  const landOf = (state) => Report.data.landscapes.find((l) => l.problem === state.problem);
  const trialsOf = (group) => group.trials.map((i) => Report.data.trials[i]);

  // The seeds, the one shown, and its paths: of each group that of the first round.
  function shownOf(state) {
    const groups = Report.data.groups.filter(
      (g) => g.problem === state.problem && !state.hidden.has(g.optimizer),
    );
    const all = groups.flatMap((g) => trialsOf(g).map((trial) => trial.seed));
    const seeds = [...new Set(all)].sort((a, b) => a - b);
    const seed = seeds.includes(state.pathSeed) ? state.pathSeed : seeds[0];
    const firsts = groups.map((g) => trialsOf(g).find((trial) => trial.seed === seed));
    const paths = firsts.filter(Boolean).map(pathOf);
    return { seeds, seed, paths: paths.filter((path) => path.step.length) };
  }

  function pathOf(trial) {
    const { x1 = [], x2 = [], step } = Report.traces.of(trial);
    const rows = [...x1.keys()].filter((i) => Number.isFinite(x1[i]) && Number.isFinite(x2[i]));
    const [first, second, steps] = [x1, x2, step].map((column) => rows.map((i) => column[i]));
    return { optimizer: Report.optimizerOf(trial), x1: first, x2: second, step: steps };
  }

  function draw(element, state) {
    const land = landOf(state);
    const [controls, chart] = ["controls", "chart"].map((name) => Report.slot(element, name));
    const { seeds, seed, paths } = shownOf(state);
    Report.controls(controls, land && seeds.length > 1 ? [seedChoice(seeds, seed)] : []);
    if (!land || !paths.length) {
      const why = land ? "No optimizer shown has a path on it." : "It has no landscape.";
      Report.instead(chart, why);
      return;
    }
    const box = boxOf(land, paths);
    const bare = { showgrid: false, zeroline: false };
    const layout = {
      height: 560,
      xaxis: { title: { text: "x1" }, range: box[0], ...bare },
      yaxis: { title: { text: "x2" }, range: box[1], ...bare },
    };
    const { name } = Report.data.problems[state.problem];
    const points = [starts(paths), minimisers(land)];
    const traces = [contours(land, box), ...paths.map(lineOf), ...points];
    Report.drawn(chart, traces, layout, `Paths of seed ${seed} on ${name}`);
  }

  function seedChoice(seeds, seed) {
    const change = (chosen) => Report.set({ pathSeed: chosen });
    const options = seeds.map((each) => [each, String(each)]);
    return Report.choice({ label: "Seed", id: "path-seed", options, value: seed, change });
  }

  // The ends of both axes: what is visited of the grid, and minimisers.
  function boxOf(land, paths) {
    const grid = [land.x1, land.x2].map((x) => [x[0], x.at(-1)]);
    const visited = paths.flatMap((path) => path.x1.map((x, i) => [x, path.x2[i]]));
    const isInside = (point) => point.every((x, i) => x >= grid[i][0] && x <= grid[i][1]);
    const seen = [...land.minimisers, ...visited].filter(isInside);
    if (!seen.length) return grid;
    return grid.map(([first, last], i) => {
      const own = seen.map((point) => point[i]);
      const low = own.reduce((a, b) => Math.min(a, b));
      const high = own.reduce((a, b) => Math.max(a, b));
      const room = ROOM * (high - low) + (last - first) / 40;
      return [Math.max(first, low - room), Math.min(last, high + room)];
    });
  }

  // Lines of equal loss at quantiles of what is seen, closer at low losses.
  function contours(land, box) {
    const isIn = (x, [low, high]) => x >= low && x <= high;
    const columns = land.x1.map((x) => isIn(x, box[0]));
    const rows = land.loss.filter((_, j) => isIn(land.x2[j], box[1]));
    const seen = rows.flatMap((row) => row.filter((x, i) => x !== null && columns[i]));
    const ranked = Float64Array.from(seen).sort();
    const share = (x) => (x === null ? null : Math.sqrt(atMost(ranked, x) / ranked.length));
    return {
      type: "contour", x: land.x1, y: land.x2, z: land.loss.map((row) => row.map(share)),
      customdata: land.loss, showscale: false,
      contours: { start: 1 / LEVELS, end: 1, size: 1 / LEVELS },
      colorscale: Report.shades(Report.css("--line")),
      line: { width: 0.5, color: Report.css("--faint") },
      hovertemplate: "loss %{customdata:.4g}<extra></extra>",
    };
  }

  // How many of ascending numbers are at most x.
  function atMost(ranked, x) {
    let [low, high] = [0, ranked.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ranked[middle] <= x) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function lineOf({ optimizer, x1, x2, step }) {
    return {
      type: "scatter", mode: "lines+markers", name: Report.plain(optimizer.name),
      x: x1, y: x2, line: Report.line(optimizer), marker: Report.marker(optimizer, 4),
      text: step.map((s) => Report.plain(`${optimizer.name}, step ${s}`)),
      hovertemplate: "%{text}: (%{x:.4g}, %{y:.4g})<extra></extra>",
    };
  }

  function starts(paths) {
    const at = { x: paths.map((path) => path.x1[0]), y: paths.map((path) => path.x2[0]) };
    const marker = { symbol: "circle-open", size: 10, color: Report.css("--ink") };
    return { type: "scatter", mode: "markers", name: "start", hoverinfo: "name", ...at, marker };
  }

  function minimisers(land) {
    const at = { x: land.minimisers.map(([x]) => x), y: land.minimisers.map(([, x]) => x) };
    const marker = { ...STAR, line: { width: 1, color: Report.css("--ink") } };
    const own = { type: "scatter", mode: "markers", name: "minimiser", hoverinfo: "name" };
    return { ...own, ...at, marker };
  }

  function table(state) {
    const { seed, paths } = shownOf(state);
    const rows = paths.flatMap(({ optimizer, x1, x2, step }) =>
      step.map((s, i) => [optimizer.name, seed, s, x1[i], x2[i]]),
    );
    return { columns: ["optimizer", "seed", "step", "x1", "x2"], rows };
  }

  Report.panel({
    id: "paths", title: "Paths", chart: true, draw, table,
    about: "Across lines of equal training loss; a ring is a start, a star a known minimiser.",
    depends: ["problem", "pathSeed"],
    applies: (data) => data.landscapes.length > 0,
  });
})();
