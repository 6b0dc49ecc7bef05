"use strict";
// Numbers as text, as in the tables of a run.
(() => {
  const PREFIXES = [[1, "s"], [1e-3, "ms"], [1e-6, "µs"], [1e-9, "ns"]];
  const SCALES = [[1e12, " T"], [1e9, " G"], [1e6, " M"], [1e3, " k"], [0, ""]];
  const NOTHING = "–";
  const NEVER = "never";

  const word = (x) =>
    x === null || x === undefined || Number.isNaN(x) ? NOTHING : x === Infinity ? NEVER : null;

  const places = (x) => Math.min(20, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(x)))));

  const writers = new Map(); // making one takes far longer than using it
  const fixed = (x, digits) => {
    if (!writers.has(digits)) {
      const places = { minimumFractionDigits: digits, maximumFractionDigits: digits };
      writers.set(digits, new Intl.NumberFormat("en-US", places));
    }
    return writers.get(digits).format(x);
  };

  // Three significant digits, without exponent.
  const digits = (x) => {
    if (!x) return "0.00";
    const rounded = Number(x.toFixed(places(x)));
    return fixed(rounded, rounded ? places(rounded) : 0);
  };

  // As Python's `.3g`.
  const general = (x, precision = 3) => {
    if (x === 0) return "0";
    const [mantissa, exponent] = x.toExponential(precision - 1).split("e");
    const power = Number(exponent);
    if (power >= -4 && power < precision) return String(Number(x.toPrecision(precision)));
    const sign = power < 0 ? "-" : "+";
    return `${Number(mantissa)}e${sign}${String(Math.abs(power)).padStart(2, "0")}`;
  };

  const duration = (x) => {
    if (word(x)) return word(x);
    if (x === 0) return "0 s";
    const [size, unit] = PREFIXES.find(([s]) => x >= 0.9995 * s) || PREFIXES.at(-1);
    return `${digits(x / size)} ${unit}`;
  };

  const count = (x) => {
    if (word(x)) return word(x);
    if (Math.abs(x) >= 99999.5) return general(x);
    return x === Math.round(x) ? fixed(x, 0) : digits(x);
  };

  const bytes = (x) => {
    if (word(x)) return word(x);
    const [size, prefix] = SCALES.find(([s]) => x >= 0.9995 * s);
    const number = x < 1000 && x === Math.round(x) ? fixed(x, 0) : digits(x / (size || 1));
    return `${number}${prefix || " "}B`;
  };

  const loss = (x) =>
    x === null || x === undefined || Number.isNaN(x) ? NOTHING
      : Number.isFinite(x) ? general(x) : x > 0 ? "inf" : "-inf";

  const share = (x) => (word(x) ? NOTHING : `${Math.round(100 * x)} %`);

  const unit = (name, x) => {
    const found = Report.unit(name);
    return { duration, count, bytes }[found.format](x);
  };

  // A median and its interval: `1.2 ms [1.1 ms, 1.3 ms]`.
  const interval = (name, { median, low, high }) => {
    const middle = unit(name, median);
    return low === high || Number.isNaN(low) ? middle : `${middle} [${unit(name, low)}, ${unit(name, high)}]`;
  };

  const plural = (n, one) => `${n.toLocaleString("en-US")} ${one}${n === 1 ? "" : "s"}`;

  Report.format = { duration, count, bytes, loss, share, general, unit, interval, plural, NOTHING, NEVER };
})();
