"""What the site adds to the pages: notebooks with outputs, files outside `docs/`."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from mkdocs.structure.files import File, Files
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
DRAWN = "What the code above draws"
"""Stands for a picture of a notebook where it is not seen."""
INTO = "project"
"""The folder of the site that receives files outside `docs/`."""
MOST_SECONDS = 900
"""Of a cell of a notebook."""
_OUTSIDE = re.compile(r"\]\(\.\./([^)#\s]+)")
_NOTEBOOK = re.compile(r"\]\(([\w-]+)\.ipynb")
_NAMED = re.compile(r"^```(\w+) ([\w./-]+)$", re.MULTILINE)
"""The first line of a block that states the name of a file."""
_OUTPUTS: dict[str, str] = {}
"""The HTML of each output, by what stands for it in the page while it is Markdown."""


def on_files(files: Files, config: Any) -> Files:
    """Add a page for each notebook, and the files outside `docs/` that pages link to.

    A notebook stays where it is, to be downloaded.
    """
    for notebook in [file for file in files if file.src_uri.endswith(".ipynb")]:
        path = Path(str(notebook.abs_src_path))
        own = f'<a href="{path.name}" download>Download this notebook</a>'
        text = "\n\n".join([*_executed(path), own])
        files.append(File.generated(config, f"{path.stem}.md", content=text))
    for page in files.documentation_pages():
        for name in _OUTSIDE.findall(page.content_string):
            if files.get_file_from_path(_place(name)) is None:
                content = (ROOT / name).read_bytes()
                files.append(File.generated(config, _place(name), content=content))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Let links lead to files and notebooks of the site, and name blocks as it does."""
    inside = _OUTSIDE.sub(lambda found: f"]({_place(found[1])}", markdown)
    linked = _NOTEBOOK.sub(r"](\1.md", inside)
    return _NAMED.sub(r'```\1 title="\2"', linked)


def on_page_content(html: str, **_: Any) -> str:
    """Put the outputs of notebooks into their page, which Markdown need not read."""
    for place in [place for place in _OUTPUTS if place in html]:
        html = html.replace(place, _OUTPUTS.pop(place))
    return html


def _place(name: str) -> str:
    """Return where a file is on the site: Markdown as text, for its own links."""
    return f"{INTO}/{name}.txt" if name.endswith(".md") else f"{INTO}/{name}"


def _executed(path: Path) -> Iterator[str]:
    """Run a notebook and yield its cells and outputs as Markdown."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=MOST_SECONDS, extra_arguments=["--log-level=ERROR"]
    )
    client.execute(cwd=str(ROOT))
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            yield cell.source
        elif cell.cell_type == "code":
            yield f"```python\n{cell.source}\n```"
            yield from filter(None, map(_output, cell.outputs))


def _output(output: Any) -> str:
    """Return an output of a cell as Markdown, or what stands for its HTML."""
    data = output.get("data", {})
    if html := data.get("text/html"):
        return _stand_in(f'<div class="output">{html}</div>')
    if png := data.get("image/png"):
        width = output.metadata.get("image/png", {}).get("width", "")
        source = f"data:image/png;base64,{png.strip()}"
        words = f'width="{width}" src="{source}" alt="{DRAWN}"'
        return _stand_in(f'<img class="output" {words}>')
    text = data.get("text/plain", output.get("text", ""))
    return f"```text\n{text.rstrip()}\n```" if text.strip() else ""


def _stand_in(html: str) -> str:
    place = f'<div id="output-{len(_OUTPUTS)}-of-notebooks"></div>'
    _OUTPUTS[place] = html
    return place
