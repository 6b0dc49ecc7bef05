"use strict";
// The list of problems in the bar, with a search.
(() => {
  const { element } = Report;
  const FEW = 6;

  function fill(list, words) {
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    const found = Report.data.problems.filter((problem) => {
      const text = `${problem.name} ${problem.class}`.toLowerCase();
      return wanted.every((word) => text.includes(word));
    });
    list.replaceChildren(...found.map((p) => element("option", { value: p.index }, p.name)));
    return found;
  }

  function draw(body) {
    const { data, state } = Report;
    if (body.firstChild) {
      const list = body.querySelector("select");
      if (![...list.options].some((o) => Number(o.value) === state.problem)) fill(list, "");
      list.value = state.problem;
      return;
    }
    const list = element("select", {
      id: "problem", onchange: () => Report.set({ problem: Number(list.value) }),
    });
    const search = element("input", {
      type: "search", id: "problem-search", placeholder: "search", "aria-controls": "problem",
      oninput: () => {
        const found = fill(list, search.value);
        Report.say(Report.format.plural(found.length, "problem"));
        if (found.length && !found.some((p) => p.index === state.problem)) Report.set({ problem: found[0].index });
        else list.value = Report.state.problem;
      },
    });
    fill(list, "");
    list.value = state.problem;
    body.append(element("label", {}, "Problem", list));
    if (data.problems.length > FEW) body.append(element("label", {}, "Search problems", search));
  }

  Report.panel({
    id: "problems", title: "Problems", fixed: true, depends: ["problem"],
    applies: (data) => data.problems.length > 1,
    place: () => {
      const body = element("div", { class: "controls" });
      Report.bar(body);
      return body;
    },
    draw,
  });
})();
