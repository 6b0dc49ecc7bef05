"""The pages: an index, and of each run a front page and its tables."""

from collections.abc import Iterator, Sequence
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ...core.hosts import Host
from ...store import hosts, reading
from ...store.run import Run
from .. import html as report
from ..markdown import html
from .source import Source

_HERE = __name__.rpartition(".")[0]
_TEMPLATES = Environment(
    loader=PackageLoader(_HERE),
    autoescape=True,  # a label is text
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
STYLE = "style.css"
COUNTED = ("problems", "optimizers", "seeds", "trials")
_NOT_LISTED = ("summary.md", "short.md")
"""Files that are shown as pages."""


def contents(sources: Sequence[Source], title: str) -> dict[str, str | bytes]:
    """Return the content of every file of the site, by its path.

    Args:
        sources: The runs.
        title: Of the index.
    """
    style = resources.files(_HERE).joinpath("templates", STYLE).read_text("utf-8")
    index = _page("index.html", title=title, root="", rows=list(map(_row, sources)))
    pages: dict[str, str | bytes] = {"index.html": index, STYLE: style}
    for source in sources:
        for name, content in _of_run(source).items():
            pages[f"{source.name}/{name}"] = content
    return pages


def _page(template: str, **values: Any) -> str:
    return _TEMPLATES.get_template(template).render(style=STYLE, **values)


def _row(source: Source) -> dict[str, Any]:
    """Return what the index says of a run."""
    return {
        "name": source.name,
        "title": source.run.record.name,
        "counts": counts(source.run),
        "machines": [_in_short(m) for m in _machines(source.shown).values()],
        "winners": source.winners,
        "has_report": source.has_report,
    }


def counts(run: Run) -> dict[str, int]:
    """Return the numbers of what a run has planned, by `COUNTED`."""
    planned = run.planned
    numbers = (
        len({spec.problem_label for spec in planned}),
        len({spec.label for spec in planned}),
        len({spec.seed for spec in planned}),
        len(planned),
    )
    return dict(zip(COUNTED, numbers, strict=True))


def _machines(run: Run) -> dict[str, Host]:
    """Return the machines of a run, by name; one that is alone has none."""
    return run.record.hosts or {"": hosts.own(run.record)}


def _in_short(host: Host) -> str:
    return host.words or "an unknown machine"


def _device(host: Host) -> str:
    return ", ".join(dict.fromkeys(host.device.values()))


def _of_run(source: Source) -> dict[str, str | bytes]:
    """Return the files of one run."""
    title, tables = source.run.record.name, html(source.text("summary.md"))
    plots = {f"plots/{path.name}": path for path in source.plots}
    listed = [name for name in source.files if name not in _NOT_LISTED]
    front = _page(
        "run.html",
        title=title,
        root="../",
        row=_row(source),
        short=Markup(html(source.text("short.md")).body),
        plots={name: path.stem for name, path in plots.items()},
        machine=list(machine(source.shown)),
        files=sorted(listed),
    )
    own: dict[str, str | bytes] = {
        "index.html": front,
        "tables.html": _page(
            "tables.html",
            title=title,
            root="../",
            headings=tables.headings,
            body=Markup(tables.body),
        ),
    }
    if source.has_report:
        own["report.html"] = report.page([source.run], source.names_machines)
    pictures = {name: reading.content(path) for name, path in plots.items()}
    return own | pictures | {name: source.files[name] for name in listed}


def machine(run: Run) -> Iterator[tuple[str, str]]:
    """Yield what is known of the machines and the software, each with its name."""
    record = run.record
    machines = {
        name or "machine": {**host.facts, "device": _device(host)}
        for name, host in _machines(run).items()
    }
    parts = {
        **machines,
        "version": record.versions,
        "": {
            "dtype": record.dtype,
            "matmul precision": record.matmul_precision,
            "XLA_FLAGS": record.xla_flags,
        },
        "JAX": record.jax_settings,
    }
    for part, facts in parts.items():
        for name, value in facts.items():
            if value not in (None, "", {}):
                words = name.replace("_", " ") if part != "JAX" else name
                yield f"{part}: {words}" if part else words, str(value)
