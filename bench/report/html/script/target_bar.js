"use strict";
// The choice of the target, which table, bars and profiles follow: a stated one, or any
// level between the start and the best, by a slider.
(() => {
  const BY_SLIDER = 0;

  // The greatest number of stated targets of a problem.
  const most = () => Math.max(0, ...Report.data.problems.map((p) => p.targets.length));

  function targetOptions(of) {
    const stated = Array.from({ length: most() }, (_, i) => [i + 1, statedWords(i)]);
    return last(of) < 0 ? stated : [...stated, [BY_SLIDER, "by the slider"]];
  }

  const statedWords = (easier) =>
    easier ? `stated, ${Report.format.plural(easier, "step")} easier` : "as stated";

  // What a level of the slider may be of: the training loss, or a metric of a problem.
  function quantityOptions() {
    const all = Report.data.problems.flatMap((p) => p.quantities);
    const metrics = all.filter((q) => q.best !== null && q.start !== null && isMetric(q));
    return [["", "training loss"], ...new Map(metrics.map((q) => [q.column, q.words]))];
  }

  const isMetric = (q) => q.column !== "loss" && q.column !== "suboptimality";

  // The last level at which some problem still has costs, for trials end at their target;
  // -1 if there are no traces to work out costs from.
  function last(of) {
    const least = Math.min(...Report.data.problems.map((p) => leastShare(p, of)));
    return Report.data.taus.findLastIndex((tau) => tau >= least);
  }

  function leastShare(problem, of) {
    const quantity = problem.quantities.find((q) => q.column === (of || "loss"));
    const hardest = problem.targets.at(-1);
    if (!quantity || quantity.start === null || quantity.best === null) return Infinity;
    if (hardest?.column !== quantity.column) return 0;
    return (hardest.value - quantity.best) / (quantity.start - quantity.best);
  }

  const slid = () => Number(document.getElementById("tau").value);

  function controls(state) {
    const { taus } = Report.data;
    const choice = Report.choice({
      label: "Target", id: "target", options: targetOptions(state.of),
      value: state.target.stated ?? BY_SLIDER,
      change: (n) => Report.set({ target: n ? { stated: n } : { tau: slid() } }),
    });
    const end = Math.max(0, last(state.of));
    const slider = Report.slider({
      label: "Share of the decrease left, τ", id: "tau",
      min: 0, max: end, step: 1, value: Math.min(end, state.target.tau ?? end),
      words: (i) => Report.format.general(taus[i]),
      change: (tau) => Report.set({ target: { tau } }),
    });
    const of = quantityOptions().length > 1 ? [ofChoice(state)] : [];
    return last(state.of) < 0 ? [choice] : [choice, slider, ...of];
  }

  function ofChoice(state) {
    const change = (of) => {
      Report.set({ of, target: { tau: Math.min(slid(), Math.max(0, last(of))) } });
    };
    const options = quantityOptions();
    return Report.choice({ label: "of", id: "of", options, value: state.of, change });
  }

  // What the target is on the problem shown, and who reaches it.
  function inWords(state) {
    const problem = Report.data.problems[state.problem];
    const level = Report.costs.level(problem, state.target, state.of);
    const on = ["On ", Report.name(problem.name), ": "];
    return level ? [...on, level.words, ...reached(problem, state)] : [...on, "no such target"];
  }

  function reached(problem, state) {
    const rows = Report.ranked(problem, state);
    if (!rows.length) return [];
    const [first] = rows;
    if (first.median === Infinity) return ["; the median seed of no optimizer shown reaches it"];
    const { name } = Report.data.optimizers[first.group.optimizer];
    return ["; ", Report.name(name), " reaches it for the least"];
  }

  function draw(body, state) {
    const slot = Report.slot(body, "choices");
    Report.kept(slot, state.of, () => controls(state));
    slot.querySelector("#target").selectedIndex = targetOptions(state.of).findIndex(
      ([n]) => n === (state.target.stated ?? BY_SLIDER),
    );
    const words = Report.element("p", { class: "note", id: "target-words" }, ...inWords(state));
    Report.spoken(Report.slot(body, "words"), words);
  }

  Report.panel({
    id: "target-bar", title: "Target", fixed: true,
    depends: ["target", "of", "problem", "unit", "host"],
    applies: (data) => data.problems.length > 0,
    place: () => {
      const made = Report.element("div", { role: "group", "aria-label": "Target" });
      document.getElementById("bar").append(made);
      return made;
    },
    draw,
  });
})();
