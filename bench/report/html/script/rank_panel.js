"use strict";
// The ranks of the optimizers shown by profile area, with bootstrap probabilities.
(() => {
  const WAIT = 150; // milliseconds without another choice before ranks are worked out
  const LEAST_SHOWN = 0.005;
  let cancel = () => {};

  // Returns a row for each competitor, the largest area first; a generator.
  function* rows(state) {
    const table = Report.competition(state);
    if (table.problems.length < 2 || table.competitors.length < 2) return [];
    const area = Report.profiles.areas(table.medians);
    const ranks = Report.ranks.ranks(area);
    const chances = yield* Report.ranks.rankChances(table.byDraw);
    const likely = Report.ranks.likelyRanks(chances);
    const found = table.competitors.map((competitor, i) => {
      const own = table.medians.map((row) => row[i]).filter((x) => !Number.isNaN(x));
      const solved = own.filter(Number.isFinite).length / own.length;
      const counted = { problems: own.length, solved, area: area[i], rank: ranks[i].first };
      return { ...competitor, ...counted, ...likely[i], chances: chances[i] };
    });
    return found.filter((row) => row.problems).sort((a, b) => a.rank - b.rank);
  }

  function draw(element, state) {
    Report.controls(Report.slot(element, "controls"), Report.divisionChoices(state));
    cancel();
    element.setAttribute("aria-busy", "true");
    const show = (found) => shown(element, found);
    const timer = setTimeout(() => {
      cancel = Report.later(rows(state), show);
    }, WAIT);
    cancel = () => clearTimeout(timer);
  }

  function shown(element, found) {
    element.removeAttribute("aria-busy");
    const [text, chart] = ["text", "chart"].map((name) => Report.slot(element, name));
    text.replaceChildren();
    if (!found.length) {
      const needs = "Ranks need two optimizers shown with a cost on two problems.";
      Report.instead(chart, needs);
      return;
    }
    text.append(inWords(found), numbers(found));
    const layout = {
      height: 90 + 28 * found.length,
      xaxis: { title: { text: "rank" }, dtick: 1, showgrid: false, zeroline: false },
      yaxis: Report.rowAxis(found.map((row) => row.name)),
    };
    const about = "Bootstrap probability of each rank by optimizer";
    Report.drawn(chart, [heatmap(found)], layout, about);
  }

  const percent = (x) => Report.format.share(x);

  function inWords([first]) {
    const chance = percent(first.chances[0]);
    const words = ` ranks first, with a bootstrap probability of ${chance}.`;
    return Report.element("p", {}, Report.name(first.name), words);
  }

  function numbers(found) {
    const heads = [
      "optimizer", "rank", "P(first)", "likely ranks", "area", "solved", "problems",
    ];
    const cells = found.map((row) => [
      Report.marked(row.optimizer, row.name),
      row.rank, percent(row.chances[0]), `${row.low} to ${row.high}`,
      row.area.toFixed(3), percent(row.solved), row.problems,
    ]);
    return Report.numbers("Ranks by profile area", heads, cells);
  }

  function heatmap(found) {
    const chances = found.map((row) => row.chances.slice(0, found.length));
    const percents = (row) => row.map((x) => (x < LEAST_SHOWN ? "" : percent(x)));
    return {
      type: "heatmap", zmin: 0, zmax: 1, showscale: false, xgap: 1, ygap: 1,
      x: found.map((_, i) => i + 1),
      y: found.map((_, i) => i),
      z: chances,
      colorscale: Report.shades(Report.css("--accent")),
      text: chances.map(percents),
      texttemplate: "%{text}",
      hovertemplate: "rank %{x}: %{z:.1%}<extra></extra>",
    };
  }

  // The columns of comparison.csv.
  function table(state) {
    const found = Report.now(rows(state));
    const names = found.map((_, i) => `rank_${i + 1}`);
    const columns = ["optimizer", "problems", "solved", "area", "rank"];
    const values = found.map((row) => [
      row.name, row.problems, row.solved, row.area, row.rank, row.low, row.high,
      ...row.chances.slice(0, found.length),
    ]);
    return { columns: [...columns, "rank_low", "rank_high", ...names], rows: values };
  }

  Report.panel({
    id: "ranks", title: "Ranks", chart: true, draw, table,
    about:
      "By the area under the performance profile. Probabilities are shares of 2,000 " +
      "resamples of problems and seeds, the same ones as in the tables.",
    depends: Report.DIVISION,
    applies: Report.competes,
  });
})();
