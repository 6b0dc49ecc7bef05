"use strict";
// The first screen: what was compared, where, and who reached what for how much.
(() => {
  const { element, name } = Report;

  function compared() {
    const { data, format } = Report;
    const seeds = new Set(data.trials.map((trial) => trial.seed)).size;
    const labels = new Set(data.optimizers.map((o) => o.competitor)).size;
    const planned = data.groups.reduce((n, group) => n + group.planned, 0);
    const words = [
      format.plural(data.problems.length, "problem"), format.plural(labels, "optimizer"),
      format.plural(seeds, "seed"), format.plural(planned, "trial"),
    ];
    return element("p", {}, element("strong", {}, words.join(", ")), ".");
  }

  function where() {
    const { data } = Report;
    return data.runs.map((run) => {
      const hosts = run.hosts.map((host) => data.hosts[host].name).join(" and ");
      const { python, jax, gradmeter } = run.versions;
      const versions = Object.entries({ python, jax, gradmeter })
        .filter(([, version]) => version).map(([what, version]) => `${what} ${version}`);
      const words = [hosts, run.dtype, ...versions].filter(Boolean).join("; ");
      return element("p", { class: "note" }, data.runs.length > 1 ? `${run.name}: ` : "Measured on: ", name(words));
    });
  }

  // The unit in which costs on a problem are compared.
  const unitOn = (problem, { unit }) =>
    Report.costs.unknownUnit(problem, unit) ? problem.unitOfCalls : unit;

  // The visible groups of a problem with their costs, the cheapest first.
  Report.ranked = (problem, state) => {
    const unit = unitOn(problem, state);
    const { data, costs, statistics } = Report;
    return data.groups
      .filter((g) => g.problem === problem.index && !state.hidden.has(g.optimizer))
      .map((group) => {
        const seeds = costs.group(group, unit, state.target);
        return { group, seeds, ...statistics.interval(seeds) };
      })
      .filter((row) => !Number.isNaN(row.median))
      .sort((a, b) => a.median - b.median);
  };

  // "in 3 of 3 seeds cheaper than adam (2.1 ms)"
  function against(first, second, unit) {
    const { data, format } = Report;
    const pairs = Math.min(first.seeds.length, second.seeds.length);
    let wins = 0;
    for (let i = 0; i < pairs; i++) wins += first.seeds[i] < second.seeds[i];
    return [
      `, in ${wins} of ${format.plural(pairs, "seed")} cheaper than `,
      name(data.optimizers[second.group.optimizer].name), ` (${format.unit(unit, second.median)})`,
    ];
  }

  function winner(problem, state) {
    const { data, format, costs } = Report;
    const unit = unitOn(problem, state);
    const aim = costs.level(problem, state.target, state.of);
    const label = element("strong", {}, name(problem.name));
    if (!aim) return element("li", {}, label, ": no such target.");
    const rows = Report.ranked(problem, state);
    if (!rows.length) return element("li", {}, label, ": ", Report.because("no optimizer shown has a known cost."));
    const reached = rows.filter((row) => row.median < Infinity);
    if (!reached.length) return element("li", {}, label, ": ", aimWords(problem, aim), " was not reached by the median seed of any optimizer shown.");
    const [first, second] = reached;
    const who = data.optimizers[first.group.optimizer];
    const sure = first.low === first.high ? [] : [` (${format.unit(unit, first.low)} to ${format.unit(unit, first.high)}, an interval with a coverage of ${format.share(first.coverage)})`];
    return element(
      "li", {}, label, ": ", aimWords(problem, aim), " is reached for the least by ", Report.key(who), " ",
      name(who.name), `: ${format.unit(unit, first.median)}`, unitWords(unit), ...sure,
      ...(second ? against(first, second, unit) : []),
      `. ${reached.length} of ${rows.length} reach it.`,
    );
  }

  const unitWords = (unit) => (unit === "seconds" ? "" : ` ${Report.unit(unit).words}`);

  // A target as people state it: as a suboptimality where the least loss is known.
  function aimWords(problem, aim) {
    if (aim.column !== "loss" || problem.optimum === null) return aim.words;
    return `suboptimality ≤ ${Report.format.general(aim.value - problem.optimum)}`;
  }

  // Whose seconds these are, where there are those of several machines.
  function ofOneMachine({ unit, host }) {
    const { hosts } = Report.data;
    if (unit !== "seconds" || hosts.length < 2) return [];
    const words = ["Seconds are those of ", name(hosts[host].name), " alone; other costs are compared across machines."];
    return [element("p", { class: "note" }, ...words)];
  }

  Report.aimWords = aimWords;
  Report.panel({
    id: "summary", title: "What came out", depends: ["unit", "target", "of", "host"],
    draw(body, state) {
      const { data, format } = Report;
      const target = state.target.stated === 1 ? "their targets" : "the chosen target";
      const { rows, kept } = data.thinned;
      const thinned = kept < rows
        ? `Curves are drawn from ${kept.toLocaleString("en-US")} of ${rows.toLocaleString("en-US")} recorded rows: no cost to any target of the slider, and no best value, is moved by this.`
        : "";
      body.replaceChildren(
        compared(), ...where(),
        ...data.headline.map((line) => element("p", {}, name(line))),
        element("h3", {}, `Costs of reaching ${target}`), ...ofOneMachine(state),
        element("ul", {}, ...data.problems.slice(0, MOST).map((problem) => winner(problem, state))),
        ...(data.problems.length > MOST ? [element("p", { class: "note" }, `${format.plural(data.problems.length - MOST, "more problem")} in the table below.`)] : []),
        ...data.notes.map((line) => element("p", { class: "note" }, name(line))),
        ...(thinned ? [element("p", { class: "note" }, thinned)] : []),
      );
    },
  });
  const MOST = 8;
})();
