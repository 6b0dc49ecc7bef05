"use strict";
// The rows of trials: packed columns in the page, decoded when they are first needed.
(() => {
  const WIDTH = { i: 4, f: 4, d: 8 };
  const VIEW = { i: Int32Array, f: Float32Array, d: Float64Array };
  let bytes = null;
  const known = new Map();

  // Inflates the columns of all trials; before that no trace can be read.
  async function open(text) {
    const plain = atob(text);
    const packed = new Uint8Array(plain.length);
    for (let i = 0; i < plain.length; i++) packed[i] = plain.charCodeAt(i);
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  }

  // The first bytes of all numbers come first, then the second ones, and so on.
  function column(offset, rows, form) {
    const width = WIDTH[form];
    const plain = new Uint8Array(rows * width);
    for (let byte = 0; byte < width; byte++) {
      const start = offset + byte * rows;
      for (let row = 0; row < rows; row++) plain[row * width + byte] = bytes[start + row];
    }
    const values = Float64Array.from(new VIEW[form](plain.buffer));
    if (form === "i") for (let row = 1; row < rows; row++) values[row] += values[row - 1];
    return values;
  }

  // The columns of a trial, float64 each; NaN where a quantity was not evaluated.
  function of(trial) {
    let found = known.get(trial.index);
    if (found) return found;
    const { rows, columns, offset } = trial.trace;
    found = { rows };
    let place = offset;
    for (const [name, form] of Report.data.schemas[columns]) {
      found[name] = column(place, rows, form);
      place += rows * WIDTH[form];
    }
    known.set(trial.index, found);
    return found;
  }

  Report.traces = { open, of };
})();
