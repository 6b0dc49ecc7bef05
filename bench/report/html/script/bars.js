"use strict";
// The cost of each optimizer to the target on the problem shown, with its interval.
(() => {
  const WIDE = 30; // the ratio of costs from which the axis is logarithmic
  const BEYOND = 1.1; // where an interval without an upper end is drawn, over the largest

  // A row for each optimizer shown, the cheapest first, those that never arrive last.
  function rows(state) {
    const groups = Report.data.groups.filter(
      (g) => g.problem === state.problem && !state.hidden.has(g.optimizer),
    );
    const found = groups.map((group) => {
      const costs = Report.costs.group(group, state.unit, state.target);
      const { median, low, high } = Report.statistics.interval(costs);
      const reached = costs.filter(Number.isFinite).length;
      const optimizer = Report.data.optimizers[group.optimizer];
      return { optimizer, median, low, high, reached, seeds: costs.length };
    });
    const known = found.filter((row) => !Number.isNaN(row.median));
    return known.sort((a, b) => (a.median < b.median ? -1 : a.median > b.median ? 1 : 0));
  }

  function draw(element, state) {
    const problem = Report.data.problems[state.problem];
    const level = Report.costs.level(problem, state.target, state.of);
    const shown = rows(state);
    const chart = Report.slot(element, "chart");
    if (!shown.length) {
      const unknown = "No optimizer shown has a known cost to this target.";
      Report.instead(chart, level ? unknown : "It has no such target.");
      return;
    }
    const about = `Cost to ${level.words} on ${problem.name} by optimizer, cheapest first`;
    const costs = shown.map((row) => row.median).filter(Number.isFinite);
    const least = Math.min(...costs);
    const isWide = least > 0 && Math.max(...costs) > WIDE * least;
    const traces = [trace(shown, costs, isWide, state.unit)];
    Report.drawn(chart, traces, layout(shown, costs, isWide, state.unit), about);
  }

  function layout(shown, costs, isWide, unit) {
    const axis = Report.costAxis(unit, isWide ? "log" : "linear", Math.max(...costs));
    return {
      height: 80 + 28 * shown.length,
      xaxis: { ...axis, visible: costs.length > 0 },
      yaxis: Report.rowAxis(shown.map((row) => row.optimizer.name)),
      annotations: shown.flatMap((row, i) => (Number.isFinite(row.median) ? [] : never(row, i))),
    };
  }

  function trace(shown, costs, isWide, unit) {
    const marks = shown.map(({ optimizer }) => Report.marker(optimizer));
    const color = marks.map((mark) => mark.color);
    const symbol = marks.map((mark) => mark.symbol);
    const marker = { color, symbol, size: 10 };
    const how = isWide
      ? { type: "scatter", mode: "markers", marker }
      : { type: "bar", orientation: "h", marker: { color } };
    return {
      ...how,
      x: shown.map((row) => (Number.isFinite(row.median) ? row.median : null)),
      y: shown.map((_, i) => i),
      error_x: whiskers(shown, costs),
      hovertext: shown.map((row) => Report.plain(inWords(row, unit))),
      hoverinfo: "text",
    };
  }

  function whiskers(shown, costs) {
    const highs = shown.map((row) => row.high).filter(Number.isFinite);
    const end = BEYOND * Math.max(...costs, ...highs);
    const above = ({ high, median }) => (Number.isFinite(high) ? high : end) - median;
    return {
      type: "data", symmetric: false, thickness: 1.2, width: 4,
      color: Report.css("--ink"),
      array: shown.map((row) => above(row) || 0),
      arrayminus: shown.map((row) => row.median - row.low || 0),
    };
  }

  function inWords({ optimizer, reached, seeds, ...costs }, unit) {
    const cost = Report.format.interval(unit, costs);
    return `${optimizer.name}: ${cost}, reached with ${reached} of ${seeds} seeds`;
  }

  function never({ reached, seeds }, i) {
    const text = `never: ${reached} of ${seeds} seeds`;
    const place = { x: 0, xref: "paper", xanchor: "left", y: i, yref: "y" };
    return { text, ...place, showarrow: false, font: { color: Report.css("--faint") } };
  }

  function table(state) {
    const columns = ["optimizer", state.unit, "low", "high", "reached", "seeds"];
    const values = rows(state).map((row) => [
      row.optimizer.name, row.median, row.low, row.high, row.reached, row.seeds,
    ]);
    return { columns, rows: values };
  }

  Report.panel({
    id: "bars", title: "Cost to the target", chart: true, draw, table,
    about: "Medians over seeds with their intervals; less is better.",
    depends: ["problem", "unit", "target", "of", "host"],
    applies: (data) => data.groups.length > 0,
  });
})();
