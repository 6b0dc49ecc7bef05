"use strict";
// Reads the data, chooses what is shown first, and builds the page.
(async () => {
  const text = (id) => document.getElementById(id).textContent;
  const data = JSON.parse(text("report-data"));
  Report.open(data);
  const first = data.problems[0];
  const pooled = [first?.unitOfCalls, "gradient", "steps"];
  const used = Report.usedUnits().map((unit) => unit.name);
  const dark = window.matchMedia?.("(prefers-color-scheme: dark)").matches;
  const phone = window.matchMedia("(max-width: 40rem)"); // as in page.css
  phone.addEventListener("change", () => Report.set({ narrow: phone.matches }));
  const has = first?.quantities.some((q) => q.column === "suboptimality");
  Object.assign(Report.state, {
    unit: data.hosts.length > 1 ? pooled.find((unit) => used.includes(unit)) : Report.state.unit,
    theme: dark ? "dark" : "light", narrow: phone.matches,
    y: has ? "suboptimality" : "loss",
    target: data.problems.some((p) => p.targets.length) ? { stated: 1 } : { tau: 72 },
  });
  document.documentElement.dataset.theme = Report.state.theme;
  await Report.traces.open(text("report-traces"));
  document.getElementById("loading").remove();
  Report.build(document.getElementById("panels"));
  document.documentElement.dataset.ready = "yes";
})();
