"use strict";
// The table of all optimizers on all problems, which sorts and filters.
(() => {
  const { element, name } = Report;
  const MOST = 300;
  const view = { sort: null, down: false, filter: "", every: true, all: false };
  let lines = [];

  const shownUnits = () => {
    const used = Report.usedUnits().map((unit) => unit.name);
    const wanted = ["seconds", "steps", "gradient", "forward", "forward_equivalents", "flops"];
    const first = Report.state.unit;
    return [first, ...wanted.filter((unit) => unit !== first && used.includes(unit))];
  };

  // A row of numbers for each group.
  function rowOf(group, units, target) {
    const { data, costs, statistics } = Report;
    const problem = data.problems[group.problem];
    const trials = group.trials.map((i) => data.trials[i]);
    const known = trials.filter((t) => t.end !== "lost" && t.end !== "skipped");
    const spent = Object.fromEntries(units.map((unit) => [
      unit, costs.unknownUnit(problem, unit) ? { median: NaN, low: NaN, high: NaN } : statistics.interval(costs.group(group, unit, target)),
    ]));
    const started = known.filter((t) => t.start !== null);
    const middle = (number) => statistics.median([...statistics.bySeed(started, (t) => number(t) ?? Infinity).values()]);
    return {
      group, problem, optimizer: data.optimizers[group.optimizer], trials, spent,
      reached: known.filter((t) => costs.trial(t, "steps", target) < Infinity).length, known: known.length,
      final: middle((t) => t.final), best: middle((t) => t.best), steps: middle((t) => t.steps),
    };
  }

  function ends(row) {
    const counts = {};
    for (const trial of row.trials) counts[trial.end] = (counts[trial.end] || 0) + 1;
    if (row.group.missing) counts.missing = row.group.missing;
    return Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)).map(([end, n]) => `${end} ${n}`).join(", ");
  }

  const gap = (row, loss) => (row.problem.optimum === null ? loss : loss - row.problem.optimum);

  function columns(units) {
    const { data, format } = Report;
    const traced = data.trials.some(({ start }) => start !== null); // not by costs alone
    return [
      { words: "problem", heads: true, value: (r) => r.problem.name, cell: (r) => name(r.problem.name) },
      { words: "optimizer", heads: true, value: (r) => r.optimizer.name, cell: (r) => link(r) },
      { words: "ended", value: ends, cell: (r) => ends(r) },
      { words: "reached", value: (r) => (r.known ? r.reached / r.known : NaN), cell: (r) => `${r.reached} of ${r.known}`, number: true },
      ...units.map((unit) => ({
        words: `${Report.unit(unit).words} to target`, unit, value: (r) => r.spent[unit].median,
        cell: (r) => format.interval(unit, r.spent[unit]), number: true,
      })),
      ...(traced ? ofLosses(format) : []),
    ];
  }

  const ofLosses = (format) => [
    { words: "final loss or suboptimality", value: (r) => gap(r, r.final), cell: (r) => format.loss(gap(r, r.final)), number: true },
    { words: "best", value: (r) => gap(r, r.best), cell: (r) => format.loss(gap(r, r.best)), number: true },
    { words: "steps", value: (r) => r.steps, cell: (r) => format.count(r.steps), number: true },
  ];

  // The optimizer, which opens its trial with the median cost.
  function link(row) {
    const label = [Report.key(row.optimizer), " "];
    const trial = row.trials[row.trials.length >> 1];
    const words = name(row.optimizer.name);
    return element("span", {}, ...label, trial ? Report.trialLink(trial, words) : words);
  }

  const compare = (a, b) => {
    if (typeof a === "string") return a < b ? -1 : a > b ? 1 : 0;
    return (Number.isNaN(a) - Number.isNaN(b)) || (a === b ? 0 : a - b);
  };

  function sorted(rows, column) {
    if (!column) {
      const by = Report.state.unit;
      return rows.sort((a, b) => a.problem.index - b.problem.index || compare(a.spent[by].median, b.spent[by].median) || compare(a.final, b.final));
    }
    const sign = view.down ? -1 : 1;
    const unknown = (x) => typeof x === "number" && Number.isNaN(x);
    return rows.sort((a, b) => {
      const [x, y] = [column.value(a), column.value(b)];
      return unknown(x) || unknown(y) ? unknown(x) - unknown(y) : sign * compare(x, y);
    });
  }

  function matching() {
    const { data, state } = Report;
    const words = view.filter.toLowerCase().split(/\s+/).filter(Boolean);
    const text = (g) => [
      data.problems[g.problem].name, data.problems[g.problem].class, data.optimizers[g.optimizer].name,
      ...g.trials.map((i) => data.trials[i].end), JSON.stringify(g.settings),
    ].join(" ").toLowerCase();
    return data.groups
      .filter((g) => view.every || g.problem === state.problem)
      .filter((g) => !words.length || words.every((word) => text(g).includes(word)));
  }

  function head(shown, redraw) {
    return shown.map((column) => {
      const on = view.sort === column.words;
      const click = () => {
        view.down = on ? !view.down : false;
        view.sort = on && !view.down ? null : column.words;
        redraw(column.words);
        Report.say(orderWords());
      };
      const arrow = on ? element("span", { "aria-hidden": "true" }, view.down ? " ▼" : " ▲") : "";
      const button = element("button", { type: "button", onclick: click, "data-sort": column.words }, column.words, arrow);
      const order = on ? (view.down ? "descending" : "ascending") : "none";
      return element("th", { scope: "col", class: column.number ? "number" : null, "aria-sort": order }, button);
    });
  }

  const isShown = (group) => !Report.state.hidden.has(group.optimizer);

  const orderWords = () =>
    view.sort ? `sorted by ${view.sort}, ${view.down ? "descending" : "ascending"}` : "in the order of problems";

  // A row for a screen reader begins with its problem and its optimizer.
  function lineOf(row, shown) {
    const cells = shown.map((column) => element(
      column.heads ? "th" : "td",
      { class: column.number ? "number" : null, scope: column.heads ? "row" : null },
      column.cell(row),
    ));
    return element("tr", {}, ...cells);
  }

  function fill(body, focus) {
    const { state } = Report;
    const units = shownUnits();
    const shown = columns(units);
    const rows = sorted(matching().map((g) => rowOf(g, units, state.target)), shown.find((c) => c.words === view.sort));
    const some = view.all ? rows : rows.slice(0, MOST);
    lines = some.map((row) => [row.group.optimizer, lineOf(row, shown)]);
    const heads = head(shown, (words) => fill(body, words));
    const table = Report.table("Results of optimizers on problems", heads, lines.map(([, line]) => line));
    const more = rows.length - some.length;
    body.querySelector(".scroll").replaceChildren(table);
    const button = more > 0 ? Report.button(`Show ${more} more`, () => { view.all = true; fill(body); }) : "";
    body.querySelector(".more").replaceChildren(button);
    if (focus) body.querySelector(`[data-sort="${CSS.escape(focus)}"]`).focus();
    hide();
  }

  const hide = () => {
    for (const [optimizer, line] of lines) line.hidden = Report.state.hidden.has(optimizer);
  };

  function frame(body) {
    const filter = element("input", {
      type: "search", id: "filter", placeholder: "problem, optimizer, end, setting",
      oninput: () => {
        view.filter = filter.value;
        fill(body);
        Report.say(Report.format.plural(matching().filter(isShown).length, "row"));
      },
    });
    const which = Report.choice({
      label: "Problems", options: [[true, "all"], [false, "the one of the curves"]], value: view.every,
      change: (every) => { view.every = every; fill(body); },
    });
    body.replaceChildren(
      element("div", { class: "controls" }, element("label", {}, "Filter", filter), which),
      Report.scroll("Table of results"),
      element("p", { class: "more" }),
    );
  }

  let drawn = "";
  Report.panel({
    id: "table", title: "Table", long: true,
    about: "Medians over seeds, with their intervals. A heading sorts; an optimizer opens one of its trials.",
    depends: ["unit", "target", "of", "host", "problem"],
    draw(body, state) {
      if (!body.firstChild) frame(body);
      const now = JSON.stringify([state.unit, state.target, state.of, state.host, state.theme, view.every || state.problem]);
      if (now !== drawn) fill(body);
      else hide();
      drawn = now;
    },
    table(state) {
      const units = shownUnits();
      const shown = columns(units).filter((c) => !c.unit);
      const rows = matching().filter(isShown).map((g) => rowOf(g, units, state.target));
      const costs = units.flatMap((u) => [`${u}_to_target`, `${u}_to_target_low`, `${u}_to_target_high`]);
      return {
        columns: [...shown.map((c) => c.words), ...costs],
        rows: rows.map((r) => [
          ...shown.map((c) => c.value(r)),
          ...units.flatMap((u) => [r.spent[u].median, r.spent[u].low, r.spent[u].high]),
        ]),
      };
    },
  });
})();
