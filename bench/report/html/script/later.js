"use strict";
// Work that takes longer than a page may be silent, in slices between which it answers.
(() => {
  const SLICE = 12; // milliseconds

  // Runs a generator to its end, then calls `done` with what it returned. Returns a
  // function that stops it.
  Report.later = (work, done) => {
    let stopped = false;
    const slice = () => {
      if (stopped) return;
      const until = performance.now() + SLICE;
      let step = work.next();
      while (!step.done && performance.now() < until) step = work.next();
      if (step.done) done(step.value);
      else setTimeout(slice);
    };
    setTimeout(slice);
    return () => {
      stopped = true;
    };
  };

  // Runs a generator to its end at once.
  Report.now = (work) => {
    let step = work.next();
    while (!step.done) step = work.next();
    return step.value;
  };
})();
