"use strict";
// How trials ended, with counts, and the trials behind each count.
(() => {
  const { element, name } = Report;
  const ABOUT = {
    target: "reached their target", budget: "spent their budget", stalled: "stalled",
    diverged: "diverged", failed: "failed", lost: "lost: their result is unknown",
    skipped: "skipped: the optimizer does not apply", missing: "planned, but without a result",
  };
  const BAD = ["failed", "diverged", "lost", "missing"];
  const MOST = 200;
  let open = null;

  const visible = () => Report.data.groups.filter((g) => !Report.state.hidden.has(g.optimizer));
  const trialsOf = (end) =>
    visible().flatMap((g) => g.trials.map((i) => Report.data.trials[i])).filter((t) => t.end === end);

  function counts() {
    const found = {};
    for (const end of Object.keys(ABOUT)) found[end] = end === "missing" ? 0 : trialsOf(end).length;
    for (const group of visible()) found.missing += group.missing;
    return found;
  }

  function listOf(end) {
    if (end === "missing") return missing();
    const trials = trialsOf(end);
    const rows = trials.slice(0, MOST).map((trial) => element(
      "tr", {},
      element("th", { scope: "row" }, Report.trialLink(trial)),
      element("td", {}, name(Report.problemOf(trial).name)),
      element("td", {}, String(trial.seed)),
      element("td", { class: "wide" }, name(trial.reason || trial.standIn || "")),
    ));
    const more = trials.length - rows.length;
    const caption = `Trials that ${ABOUT[end]}`;
    return table(caption, ["trial of", "problem", "seed", "reason"], rows, more > 0 ? `${more} more in the CSV.` : "");
  }

  function missing() {
    const rows = visible().filter((g) => g.missing).map((group) => element(
      "tr", {},
      element("th", { scope: "row" }, name(Report.data.optimizers[group.optimizer].name)),
      element("td", {}, name(Report.data.problems[group.problem].name)),
      element("td", { class: "number" }, String(group.missing)),
    ));
    return table("Missing trials", ["optimizer", "problem", "missing"], rows, "");
  }

  function table(caption, headings, rows, note) {
    const heads = headings.map((words) => element("th", { scope: "col" }, words));
    const scroll = Report.scroll(caption, Report.table(caption, heads, rows));
    return element("div", {}, scroll, note ? element("p", { class: "note" }, note) : null);
  }

  function draw(body) {
    const found = counts();
    const shown = Object.keys(ABOUT).filter((end) => found[end]);
    const chips = shown.map((end) => element("li", {}, Report.button(
      `${end}: ${found[end].toLocaleString("en-US")}`,
      () => {
        open = open === end ? null : end;
        draw(body);
        body.querySelector(`[data-end="${end}"]`)?.focus();
      },
      {
        "aria-pressed": String(open === end), "data-end": end, title: ABOUT[end],
        class: BAD.includes(end) ? "bad" : null,
      },
    )));
    body.replaceChildren(
      element("ul", { class: "counts" }, ...chips),
      ...(shown.includes(open) ? [element("p", {}, `Trials that ${ABOUT[open]}:`), listOf(open)] : []),
    );
  }

  Report.panel({
    id: "endings", title: "How the trials ended", draw,
    about: "Choose a word to see its trials, with the reasons.",
    table: () => ({
      columns: ["problem", "optimizer", "seed", "round", "end", "reason", "key"],
      rows: visible().flatMap((g) => g.trials.map((i) => Report.data.trials[i])).map((t) => [
        Report.problemOf(t).name, Report.optimizerOf(t).name, t.seed, t.round, t.end, t.reason, t.key,
      ]),
    }),
  });
})();
