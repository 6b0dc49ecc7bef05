"use strict";
// NumPy's generator PCG64 and its bounded integers, so that the page draws the same
// resamples as the tables do.
(() => {
  const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;
  const LOW_64 = (1n << 64n) - 1n;
  const LOW_128 = (1n << 128n) - 1n;
  // The state of numpy.random.default_rng(0), which NumPy makes of its seed by hashing.
  const FIRST_STATE = 35399562948360463058890781895381311971n;
  const INCREMENT = 87136372517582989555478159403783844777n;

  // Returns a function of n that draws an integer from 0 to n - 1, for n up to 2^21.
  function boundedIntegers() {
    let state = FIRST_STATE;
    let kept = null; // the upper half of the last 64 bits
    const next32 = () => {
      if (kept !== null) {
        const upper = kept;
        kept = null;
        return upper;
      }
      state = (state * MULTIPLIER + INCREMENT) & LOW_128;
      const mixed = (state >> 64n) ^ (state & LOW_64);
      const turn = state >> 122n;
      const bits = ((mixed >> turn) | (mixed << (64n - turn))) & LOW_64;
      kept = Number(bits >> 32n);
      return Number(bits & 0xffffffffn);
    };
    return (n) => {
      if (n === 1) return 0; // without a draw, as NumPy
      const refused = 2 ** 32 % n; // Lemire's method
      for (;;) {
        const product = next32() * n;
        const rest = product % 2 ** 32;
        if (rest >= refused) return (product - rest) / 2 ** 32;
      }
    };
  }

  Report.boundedIntegers = boundedIntegers;
})();
