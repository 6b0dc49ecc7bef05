"use strict";
// The outcome of tuning with fewer settings, on the problem shown.
(() => {
  function curvesOf(state) {
    return Report.data.bestOfK.filter(
      (curve) => curve.problem === state.problem && !state.hidden.has(curve.optimizer),
    );
  }

  function draw(element, state) {
    const chart = Report.slot(element, "chart");
    const curves = curvesOf(state);
    if (!curves.length) {
      Report.instead(chart, "No optimizer shown was tuned on this problem.");
      return;
    }
    const known = curves.flatMap((c) => [...c.median, ...c.low]).filter((x) => x !== null);
    const type = known.every((x) => x > 0) ? "log" : "linear";
    const layout = {
      height: 400,
      xaxis: { title: { text: "settings tried, k" }, rangemode: "tozero" },
      yaxis: { title: { text: Report.plain(curves[0].decides) }, type },
    };
    const about = `Best of k settings on ${Report.data.problems[state.problem].name}`;
    Report.drawn(chart, curves.flatMap(traces), layout, about);
  }

  // The ends of the interval with what is between them, then the median.
  function traces(curve) {
    const line = Report.line(Report.data.optimizers[curve.optimizer]);
    const own = { type: "scatter", mode: "lines", name: Report.plain(curve.label) };
    const edge = { ...own, x: curve.tried, line: { width: 0 }, hoverinfo: "skip" };
    const fill = { fill: "tonexty", fillcolor: Report.faint(line.color, 0.15) };
    return [
      { ...edge, y: curve.low },
      { ...edge, y: curve.high, ...fill },
      { ...own, x: curve.tried, y: curve.median, line, hovertemplate: "%{y:.4g}, k = %{x}" },
    ];
  }

  function table(state) {
    const columns = ["optimizer", "tried", "median", "low", "high"];
    const rows = curvesOf(state).flatMap((c) =>
      c.tried.map((k, i) => [c.label, k, c.median[i], c.low[i], c.high[i]]),
    );
    return { columns, rows };
  }

  Report.panel({
    id: "best-of-k", title: "Best of k settings", chart: true, draw, table,
    about:
      "The outcome of the best of k settings, drawn from the stated ranges: what more " +
      "tuning is worth. Medians over fresh seeds, with intervals.",
    depends: ["problem"],
    applies: (data) => data.bestOfK.length > 0,
  });
})();
