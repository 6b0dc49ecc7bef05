"use strict";
// The cost to the target against the price of a gradient, and a slider for that price.
(() => {
  const [LEAST, GREATEST] = [1, 30]; // prices shown, in forward passes
  const STEPS = 200;
  let resets = 0; // each makes the slider anew

  // The contest on the problem shown, of the trials whose calls have one size of batch.
  function contestOf(state) {
    const own = Report.data.groups.filter((g) => g.problem === state.problem);
    const batches = [...new Set(own.map((g) => g.batch))];
    const batch = batches.includes(state.batch) ? state.batch : batches[0];
    const groups = own.filter((g) => g.batch === batch && !state.hidden.has(g.optimizer));
    return { batches, batch, ...Report.contest.contest(groups, state.target) };
  }

  function pricesAround(measured) {
    const low = Math.min(LEAST, measured / 1.5);
    const high = Math.max(GREATEST, 3 * measured);
    return Array.from({ length: STEPS + 1 }, (_, i) => low * (high / low) ** (i / STEPS));
  }

  const passes = (price) => `${Report.format.general(price)} forward passes`;

  function draw(element, state) {
    const found = contestOf(state);
    const slots = ["batches", "slider", "chart", "cheapest", "text"];
    const [batches, slider, chart, cheapest, text] = slots.map((name) => Report.slot(element, name));
    Report.controls(batches, found.batches.length > 1 ? [batchChoice(found)] : []);
    text.replaceChildren();
    if (!found.competitors) {
      Report.kept(slider, "none", () => []);
      Report.spoken(cheapest);
      const needs = "It needs two optimizers shown that reach this target, and prices.";
      Report.instead(chart, needs);
      return;
    }
    const prices = pricesAround(found.price);
    const price = state.gradientPrice ?? found.price;
    const key = [state.problem, found.batch, found.price, resets].join();
    Report.kept(slider, key, () => priceControls(prices, price, found.price));
    const { name } = Report.data.problems[state.problem];
    const about = `Cost on ${name} by the price of a gradient, marked at ${passes(price)}`;
    Report.drawn(chart, lines(found, prices), layout(found, prices, price), about);
    const [sentence, numbers] = atPrice(found, price);
    Report.spoken(cheapest, sentence);
    text.append(numbers);
  }

  function batchChoice({ batches, batch }) {
    const options = batches.map((size) => [size, size === null ? "all" : String(size)]);
    const change = (chosen) => Report.set({ batch: chosen });
    return Report.choice({ label: "Examples of a call", options, value: batch, change });
  }

  function priceControls(prices, price, measured) {
    const above = prices.findIndex((x) => x >= price);
    const slider = Report.slider({
      label: "Price of a gradient", id: "gradient-price",
      min: 0, max: STEPS, step: 1, value: above < 0 ? STEPS : above,
      words: (i) => passes(prices[i]),
      change: (i) => Report.set({ gradientPrice: prices[i] }),
    });
    const words = `As measured: ${Report.format.general(measured)}`;
    const reset = () => {
      resets += 1;
      Report.set({ gradientPrice: null });
    };
    return [slider, Report.button(words, reset)];
  }

  function lines({ competitors }, prices) {
    return competitors.map((one) => ({
      type: "scatter", mode: "lines", name: Report.plain(one.name),
      line: Report.line(one.optimizer),
      x: prices,
      y: prices.map((price) => Report.contest.costAt(one, price)),
      hovertemplate: "%{y:.4g} at %{x:.3g}",
    }));
  }

  function layout(found, prices, price) {
    const range = [prices[0], prices.at(-1)].map(Math.log10);
    const ends = { type: "line", y0: 0, y1: 1, yref: "paper" };
    const at = (x, dash, color) => ({ ...ends, x0: x, x1: x, line: { dash, color, width: 1.5 } });
    return {
      height: 400,
      xaxis: { title: { text: "price of a gradient (forward passes)" }, type: "log", range },
      yaxis: { title: { text: "cost to target (forward passes)" }, type: "log" },
      shapes: [
        at(found.price, "dot", Report.css("--faint")),
        at(price, "solid", Report.css("--accent")),
      ],
    };
  }

  // Who is cheapest at a price, and at which prices each rival costs the same.
  function atPrice({ competitors }, price) {
    const costs = new Map(competitors.map((one) => [one, Report.contest.costAt(one, price)]));
    const ranked = [...costs.keys()].sort((a, b) => costs.get(a) - costs.get(b));
    const [best] = ranked;
    const count = (one) => Report.format.count(costs.get(one));
    const sentence = Report.element(
      "p",
      { id: "cheapest" },
      `With a gradient of ${passes(price)}, `,
      Report.name(best.name),
      ` is the cheapest: ${count(best)} forward passes to the target.`,
    );
    const heads = ["optimizer", "cost (forward passes)", "costs the same as the cheapest at"];
    const rows = ranked.map((one) => [
      Report.marked(one.optimizer, one.name),
      count(one), one === best ? "" : meetings(best, one),
    ]);
    return [sentence, Report.numbers("Costs at this price of a gradient", heads, rows)];
  }

  function meetings(best, rival) {
    const words = (x) => (x === Infinity ? "∞" : Report.format.general(x));
    const found = Report.contest.breakEvens([best, rival]).map(({ price, low, high }) => {
      return `${words(price)} [${words(low)}, ${words(high)}]`;
    });
    return found.join(", ") || "no price";
  }

  // A row for each pair and break-even price.
  function table(state) {
    const { competitors = [] } = contestOf(state);
    const columns = ["optimizer", "rival", "below", "above", "price", "low", "high"];
    const rows = competitors.flatMap((one, i) =>
      competitors.slice(i + 1).flatMap((other) => {
        const pair = [one, other];
        return Report.contest.breakEvens(pair).map(({ below, above, price, low, high }) => [
          one.name, other.name, pair[below].name, pair[above].name, price, low, high,
        ]);
      }),
    );
    return { columns, rows };
  }

  Report.panel({
    id: "break-even", title: "Break-even prices", chart: true, draw, table,
    about:
      "The cost to the target if a gradient cost another number of forward passes; the " +
      "dotted line is at the price measured. Medians over seeds, best settings of each.",
    depends: ["problem", "target", "of", "gradientPrice", "batch"],
    applies: (data) => data.optimizers.length > 1,
  });
})();
