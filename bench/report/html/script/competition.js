"use strict";
// Who competes on which problems, with what is chosen on the page.
(() => {
  const ALL_EXAMPLES = "all examples";
  const BATCHES = "batches";

  // The costs to the target of the optimizers shown, on the problems that are compared. By
  // calls of one kind, those are not compared that reach a target without any.
  Report.competition = (state) => {
    const { unit, target } = state;
    const groups = competing(state).filter((g) => hasCosts(g, state));
    const without = withoutCalls(groups, state);
    const isCompared = (trial) => !without.has(nameOf(Report.data.groups[trial.group]));
    const cost = (trial) => (isCompared(trial) ? Report.costs.trial(trial, unit, target) : NaN);
    return Report.costTable(groups, unit, cost);
  };

  // The competitors that reach the target without a call of the unit's kind, if it is one.
  function withoutCalls(groups, { unit, target }) {
    if (!Report.data.kinds.some(({ name }) => name === unit)) return new Set();
    const spent = (trial, of) => Report.costs.trial(trial, of, target);
    const makesNone = (trial) => spent(trial, unit) === 0 && spent(trial, "steps") > 0;
    const found = groups.filter((g) => Report.costs.counted(g, unit).some(makesNone));
    return new Set(found.map(nameOf));
  }

  const nameOf = (group) => Report.data.optimizers[group.optimizer].competitor;

  // The same in simplex gradients until a tolerance of the best loss found.
  Report.convergent = (state, tolerance) => {
    const { isScaled, toTolerance } = Report.convergence;
    const cost = (trial) => toTolerance(trial, tolerance);
    return Report.costTable(competing(state).filter(isScaled), "flops", cost);
  };

  const problemOf = (group) => Report.data.problems[group.problem];

  function competing(state) {
    const part = state.part ?? parts()[0];
    const isOfClass = (problem) => !state.problemClass || problem.class === state.problemClass;
    return Report.data.groups.filter(
      (group) =>
        !state.hidden.has(group.optimizer) &&
        partOf(group) === part &&
        isOfClass(problemOf(group)),
    );
  }

  function hasCosts(group, { target, of, unit }) {
    const level = Report.costs.level(problemOf(group), target, of);
    return level !== null && !Report.costs.unknownUnit(problemOf(group), unit);
  }

  // Trials on all examples and on batches are not compared with each other.
  const partOf = (group) => (group.batch === null ? ALL_EXAMPLES : BATCHES);
  const parts = () => [...new Set(Report.data.groups.map(partOf))];
  const classes = () => [...new Set(Report.data.problems.map((p) => p.class))];

  // Whether there is anything to compare over problems.
  Report.competes = (data) => data.problems.length > 1 && data.optimizers.length > 1;

  // The keys of the state on which a comparison over problems depends.
  Report.DIVISION = ["unit", "target", "of", "host", "part", "problemClass"];

  // The choices of a part of the run, for the panels that compare over problems.
  Report.divisionChoices = (state) => {
    const choices = [];
    if (parts().length > 1) {
      const options = parts().map((part) => [part, part]);
      choices.push(choice("Trials on", "part", options, state));
    }
    if (classes().length > 1) {
      const named = classes().filter(Boolean);
      const options = [["", "all classes"], ...named.map((each) => [each, each])];
      choices.push(choice("Problems", "problemClass", options, state));
    }
    return choices;
  };

  function choice(label, key, options, state) {
    const value = state[key] ?? options[0][0];
    const change = (chosen) => Report.set({ [key]: chosen });
    return Report.choice({ label, options, value, change });
  }
})();
