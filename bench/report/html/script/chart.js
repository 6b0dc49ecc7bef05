"use strict";
// Charts by plotly in the page's colours, marks of optimizers, and downloads.
(() => {
  // Colours that are too dark on a dark page, and what stands for them there.
  const LIGHTER = { "#333333": "#C4CAD0", "#882255": "#C2558A", "#0072B2": "#3D9BD9" };
  const SYMBOLS = {
    circle: "M16 4a4 4 0 1 0 .01 0Z", square: "M12.5 4.5h7v7h-7Z",
    "triangle-up": "M16 3.5l4.5 8h-9Z", diamond: "M16 3l4.5 5-4.5 5-4.5-5Z",
    "triangle-down": "M16 12.5l4.5-8h-9Z",
    cross: "M14.5 3.5h3v3h3v3h-3v3h-3v-3h-3v-3h3Z",
    star: "M16 2.6l1.6 3.5 3.8.4-2.9 2.5.9 3.8-3.4-2-3.4 2 .9-3.8-2.9-2.5 3.8-.4Z",
    "triangle-left": "M11.5 8l8-4.5v9Z", "triangle-right": "M20.5 8l-8-4.5v9Z",
    pentagon: "M16 3.2l4.8 3.5-1.8 5.6h-6l-1.8-5.6Z",
    hexagon: "M16 3l4.3 2.5v5L16 13l-4.3-2.5v-5Z",
  };
  const LEGEND = 200; // pixels
  const KILO = 1000; // seconds, from which prefixes would be strange
  const STROKES = { solid: "", dash: "7 3", dot: "2.2 2.2", dashdot: "8 2 2.2 2" };

  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  Report.css = css;
  Report.colour = (optimizer) =>
    Report.state.theme === "dark" ? LIGHTER[optimizer.colour] || optimizer.colour : optimizer.colour;
  Report.line = (optimizer, width = 1.8) =>
    ({ color: Report.colour(optimizer), dash: optimizer.dash, width });
  Report.marker = (optimizer, size = 7) =>
    ({ color: Report.colour(optimizer), symbol: optimizer.symbol, size });
  // A colour with some transparency, for bands.
  Report.faint = (colour, alpha) => {
    const [r, g, b] = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
    return `rgba(${r},${g},${b},${alpha})`;
  };

  // A small picture of an optimizer's line and mark.
  Report.key = (optimizer) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const colour = Report.colour(optimizer);
    const attributes = { viewBox: "0 0 32 16", class: "key", "aria-hidden": "true" };
    for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
    const draw = (d, more) => {
      const path = document.createElementNS(svg.namespaceURI, "path");
      for (const [name, value] of Object.entries({ d, ...more })) path.setAttribute(name, value);
      svg.append(path);
    };
    draw("M0 8H32", { stroke: colour, "stroke-width": 2, "stroke-dasharray": STROKES[optimizer.dash] });
    draw(SYMBOLS[optimizer.symbol], { fill: colour });
    return svg;
  };

  function layoutOf(layout) {
    const [ink, paper, line] = ["--ink", "--paper", "--line"].map(css);
    const axis = { gridcolor: line, linecolor: line, zerolinecolor: line, automargin: true, exponentformat: "power" };
    const { xaxis, yaxis, ...rest } = layout;
    const title = { text: Report.wrapped(xaxis.title.text) };
    return {
      paper_bgcolor: paper, plot_bgcolor: paper, font: { color: ink, size: 13 },
      margin: { l: 60, r: 15, t: 15, b: 45 }, showlegend: false, hovermode: "closest",
      hoverlabel: { bgcolor: paper, bordercolor: line, font: { color: ink }, align: "left" },
      dragmode: "zoom", ...rest,
      xaxis: { ...axis, ...xaxis, title }, yaxis: { ...axis, ...yaxis },
    };
  }

  // An axis of costs. Short times on a linear one have the prefixes of the tables.
  Report.costAxis = (unit, type, greatest) => {
    const { axis, format } = Report.unit(unit);
    const isShort = format === "duration" && type === "linear" && greatest < KILO;
    const prefixes = { exponentformat: "SI", minexponent: 1, ticksuffix: "s" };
    const text = isShort ? axis.replace(" (s)", "") : axis;
    return { type, title: { text }, ...(isShort ? prefixes : {}) };
  };

  // What plotly draws with is no part of the page for a screen reader, which has the words
  // of the chart.
  const silence = (element) => {
    const parts = [element.querySelector(".plot-container"), document.getElementById("js-plotly-tester")];
    for (const part of parts) part?.setAttribute("aria-hidden", "true");
  };

  // Draws traces into an element; a second call with the same element changes the chart.
  Report.chart = (element, traces, layout, about, more = {}) => {
    element.classList.add("chart");
    element.setAttribute("role", "img");
    element.setAttribute("aria-label", about);
    const options = { responsive: true, displaylogo: false, displayModeBar: false, doubleClick: "reset" };
    const drawn = Plotly.react(element, traces, layoutOf(layout), { ...options, ...more });
    silence(element);
    return drawn;
  };

  function save(url, name) {
    const link = Report.element("a", { href: url, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    Report.say(`${name} saved`);
  }

  const saveText = (text, type, name) => {
    const url = URL.createObjectURL(new Blob([text], { type }));
    save(url, name);
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  };

  // A cell of a CSV; a spreadsheet must not take it for a formula.
  const cell = (value) => {
    if (value === null || value === undefined || Number.isNaN(value)) return "";
    if (typeof value === "number") return value === Infinity ? "inf" : value === -Infinity ? "-inf" : String(value);
    const text = /^[=+\-@'\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };

  Report.csv = ({ columns, rows }) =>
    [columns, ...rows].map((row) => row.map(cell).join(",")).join("\n") + "\n";

  // Whether a trace is drawn, and does not only keep its place.
  Report.isSeen = ({ opacity }) => opacity !== 0;

  // A chart for a file, where no legend of the page stands beside it.
  function withLegend(chart) {
    const names = new Set();
    const isNew = ({ name }) => Boolean(name) && !names.has(name) && Boolean(names.add(name));
    const seen = chart.data.filter(Report.isSeen);
    const data = seen.map((trace) => ({ ...trace, showlegend: isNew(trace) }));
    const layout = { ...chart.layout, showlegend: names.size > 0, legend: { itemsizing: "constant" } };
    return { data, layout };
  }

  const sayNothing = (panel) => Report.say(`${panel.title}: nothing to save`);

  async function savePictures(panel, format) {
    const all = [...panel.body.querySelectorAll(".js-plotly-plot")];
    const charts = all.filter(({ data }) => data.some(Report.isSeen));
    if (!charts.length) sayNothing(panel);
    for (const [place, chart] of charts.entries()) {
      const size = { width: chart.clientWidth + LEGEND, height: chart.clientHeight, scale: 2 };
      const url = await Plotly.toImage(withLegend(chart), { format, ...size });
      const number = charts.length > 1 ? `-${place + 1}` : "";
      save(url, `${panel.id}${number}.${format}`);
    }
  }

  // The buttons that save what a panel shows.
  Report.downloads = (panel) => {
    const buttons = [];
    if (panel.table) {
      const click = () => {
        const shown = panel.table(Report.state);
        if (shown.rows.length) saveText(Report.csv(shown), "text/csv", `${panel.id}.csv`);
        else sayNothing(panel);
      };
      buttons.push(Report.button("CSV", click, { "aria-label": `${panel.title}: save as CSV` }));
    }
    for (const format of panel.chart ? ["png", "svg"] : []) {
      const words = format.toUpperCase();
      const label = `${panel.title}: save as ${words}`;
      buttons.push(Report.button(words, () => savePictures(panel, format), { "aria-label": label }));
    }
    return buttons;
  };
})();
