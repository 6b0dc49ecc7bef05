"use strict";
// The page of one trial: how it ended, what it ran with, and how to repeat it.
(() => {
  const { element, name } = Report;
  const dialog = () => document.getElementById("trial-dialog");

  // A button that opens a trial's page.
  Report.trialLink = (trial, words) => element(
    "button",
    { type: "button", class: "link", onclick: () => openTrial(trial.index) },
    words || name(Report.optimizerOf(trial).name),
  );

  function config(trial) {
    const group = Report.data.groups[trial.group];
    return group.config && `name = "again"\nseeds = [${trial.seed}]\n${group.config}`;
  }

  function facts(trial) {
    const { data, format } = Report;
    const group = data.groups[trial.group];
    const run = data.runs[trial.run];
    const settings = Object.entries(group.settings).map(([k, v]) => `${k} = ${JSON.stringify(v)}`);
    const versions = Object.entries({ ...run.versions, ...trial.versions }).map(([k, v]) => `${k} ${v}`);
    const spent = [`${format.count(trial.steps)} steps`, `${format.duration(trial.seconds)} on the clock`];
    // No time if an earlier trial had the same program.
    if (trial.compileSeconds) spent.push(`${format.duration(trial.compileSeconds)} to compile`);
    return [
      ["ended", `${trial.end}${trial.reason ? `: ${trial.reason}` : ""}`],
      ["problem", Report.problemOf(trial).name],
      ["optimizer", `${group.name}${settings.length ? `: ${settings.join(", ")}` : ""}`],
      ["seed, round", `${trial.seed}, ${trial.round}`],
      ["spent", spent.join(", ")],
      ["loss", `start ${format.loss(trial.start)}, final ${format.loss(trial.final)}, best ${format.loss(trial.best)}`],
      ...Object.entries(trial.metrics).map(([k, m]) => [k, `final ${format.loss(m.final)}, best ${format.loss(m.best)}`]),
      ...targets(trial),
      ...(trial.standIn ? [["other optimizer", trial.standIn]] : []),
      ...(trial.disturbed ? [["disturbed", "other processes used a processor meanwhile"]] : []),
      ["versions", versions.join(", ") || "not known"],
      ["device", [trial.device, run.dtype, `matmul precision ${run.precision}`, run.xlaFlags].filter(Boolean).join(", ")],
      ...data.hosts[trial.host].facts,
      ["run, key", `${run.name}, ${trial.key}`],
    ];
  }

  function targets(trial) {
    const problem = Report.problemOf(trial);
    return problem.targets.map((aim, place) => {
      const reached = trial.targets[place];
      const calls = Object.entries(reached?.readings || {})
        .map(([kind, n]) => `${Report.format.count(n)} ${Report.unit(kind).words}`);
      const words = reached
        ? [Report.format.duration(reached.seconds), `${Report.format.count(reached.steps)} steps`, ...calls].join(", ")
        : reached === false ? "was not among its targets" : "not reached";
      return [aim.words, words];
    });
  }

  function repeat(trial) {
    const text = config(trial);
    if (!text) return [element("p", { class: "note" }, "This trial was not made from a config.")];
    return [
      element("h3", {}, "Run it again"),
      element("p", { class: "note" }, "Save as again.toml, then: python -m bench run again.toml"),
      element("pre", { tabindex: "0", "aria-label": "The config of this trial" }, text),
      Report.button("Copy the config", () => Report.copy(text), { id: "copy-config" }),
    ];
  }

  function output(trial) {
    if (!trial.output) return [];
    return [element("h3", {}, "Output"), element("pre", { tabindex: "0", "aria-label": "Output" }, trial.output)];
  }

  function openTrial(index) {
    const trial = Report.data.trials[index];
    const chart = element("div", { id: "trial-chart" });
    const title = element("h2", { id: "trial-title" }, Report.key(Report.optimizerOf(trial)), " ", name(Report.optimizerOf(trial).name), " on ", name(Report.problemOf(trial).name), `, seed ${trial.seed}`);
    const close = () => dialog().close();
    dialog().replaceChildren(
      element("header", { class: "controls" }, title, Report.button("Close", close, { id: "trial-close" })),
      Report.facts(facts(trial)), chart, ...output(trial), ...repeat(trial),
    );
    if (!dialog().open) dialog().showModal();
    dialog().scrollTop = 0;
    if (trial.trace.rows > 1) Report.drawCurve(chart, trial);
    else chart.remove();
    document.getElementById("trial-close").focus();
  }

  Report.openTrial = openTrial;
})();
