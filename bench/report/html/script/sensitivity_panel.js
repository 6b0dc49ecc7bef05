"use strict";
// What tuning saw on the problem shown: the outcome of every setting that was tried.
(() => {
  const NEVER = "never";

  function recordsOf(state) {
    return Report.data.tuning.filter(
      (r) => r.problem === state.problem && !state.hidden.has(r.optimizer),
    );
  }

  const settingsOf = (record) => Object.keys(record.settings[0]);
  const namesOf = (records) => [...new Set(records.flatMap(settingsOf))];
  const optimizerOf = (record) => Report.data.optimizers[record.optimizer];

  function draw(element, state) {
    const records = recordsOf(state);
    const names = namesOf(records);
    const setting = names.includes(state.setting) ? state.setting : names[0];
    const slots = ["controls", "chart", "text"].map((name) => Report.slot(element, name));
    const [controls, chart, text] = slots;
    Report.controls(controls, names.length ? [settingChoice(names, setting)] : []);
    text.replaceChildren();
    const shown = records.filter((record) => settingsOf(record).includes(setting));
    if (!shown.length) {
      Report.instead(chart, "No optimizer shown was tuned on this problem.");
      return;
    }
    const about = `Outcome by ${setting} on ${Report.data.problems[state.problem].name}`;
    const traces = shown.flatMap((record) => tracesOf(record, setting));
    Report.drawn(chart, traces, layout(shown, setting), about);
    text.append(chosen(records));
  }

  function settingChoice(names, setting) {
    const change = (name) => Report.set({ setting: name });
    const options = names.map((name) => [name, name]);
    return Report.choice({ label: "Setting", id: "setting", options, value: setting, change });
  }

  // The settings that were tried, by the value of one; 0 has no place on the axis.
  function triedOf(record, setting) {
    const tried = record.settings.map((settings, i) => ({
      settings, value: settings[setting], outcome: record.outcomes[i],
      word: wordOf(record.ends[i]), isChosen: i === record.chosen,
    }));
    return tried.filter(({ value }) => value > 0).sort((a, b) => a.value - b.value);
  }

  // The most frequent end of seeds, where they have no score.
  function wordOf(ends) {
    const count = (end) => ends.filter((each) => each === end).length;
    const most = ends.reduce((best, end) => (count(end) > count(best) ? end : best), ends[0]);
    return most === "budget" || most === undefined ? NEVER : most;
  }

  // The outcomes, a ring around the chosen one, and above them what has none. Where other
  // settings vary too, a line would mislead.
  function tracesOf(record, setting) {
    const tried = triedOf(record, setting);
    const isAlone = settingsOf(record).length === 1;
    const points = (rows, y) => ({
      type: "scatter", name: Report.plain(record.label), mode: "markers",
      x: rows.map((row) => row.value), y: rows.map(y), hoverinfo: "text",
      hovertext: rows.map((row) => Report.plain(`${record.label}: ${inWords(row)}`)),
    });
    const marker = Report.marker(optimizerOf(record));
    const ring = { symbol: "circle-open", size: 15, color: Report.css("--ink") };
    const never = tried.filter((row) => row.outcome === null);
    const ringed = tried.filter((row) => row.isChosen);
    const mode = isAlone ? "lines+markers" : "markers";
    const line = Report.line(optimizerOf(record));
    return [
      { ...points(tried, (row) => row.outcome), mode, line, marker },
      { ...points(ringed, (row) => row.outcome), marker: ring },
      { ...points(never, (row) => row.word), marker, yaxis: "y2" },
    ];
  }

  const number = (x) => Report.format.general(x, 4);
  const outcomeWords = (outcome, word) => (outcome === null ? word : number(outcome));
  const settingsWords = (settings) =>
    Object.entries(settings).map(([name, x]) => `${name} = ${number(x)}`).join(", ");
  const inWords = ({ settings, outcome, word }) =>
    `${settingsWords(settings)}: ${outcomeWords(outcome, word)}`;

  function layout(records, setting) {
    const outcomes = records.flatMap((record) => record.outcomes);
    const isLog = outcomes.every((x) => x === null || x > 0);
    const lacks = outcomes.includes(null);
    const font = { color: Report.css("--ink") };
    return {
      height: 420,
      xaxis: { title: { text: Report.plain(setting) }, type: "log" },
      yaxis: {
        title: { text: Report.plain(records[0].decides) },
        type: isLog ? "log" : "linear", domain: [0, lacks ? 0.86 : 1],
      },
      yaxis2: { type: "category", domain: [0.9, 1], visible: lacks, showgrid: false, font },
    };
  }

  function chosen(records) {
    const heads = [
      "optimizer", "draw seed", "chosen settings", "outcome", "settings tried", "at the edge of",
    ];
    const rows = records.map((r) => [
      Report.marked(optimizerOf(r), r.label),
      r.drawSeed,
      settingsWords(r.settings[r.chosen]),
      outcomeWords(r.outcomes[r.chosen], NEVER),
      r.settings.length, r.atEdge.join(", ") || Report.format.NOTHING,
    ]);
    return Report.numbers("What tuning chose", heads, rows);
  }

  function table(state) {
    const records = recordsOf(state);
    const names = namesOf(records);
    const columns = ["optimizer", "draw_seed", ...names, "outcome", "end", "chosen"];
    const rows = records.flatMap((r) =>
      r.settings.map((settings, i) => [
        r.label, r.drawSeed, ...names.map((name) => settings[name]),
        r.outcomes[i], wordOf(r.ends[i]), Number(i === r.chosen),
      ]),
    );
    return { columns, rows };
  }

  Report.panel({
    id: "sensitivity", title: "Sensitivity to settings", chart: true, draw, table,
    about:
      "The outcome of each setting that tuning tried, as a median over seeds that did not " +
      "choose; a ring is around the chosen one.",
    depends: ["problem", "setting"],
    applies: (data) => data.tuning.length > 0,
  });
})();
