"""Show on the site the files outside `docs/` that its pages link to."""

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent.parent
INTO = "project"
"""The folder of the site that receives the files."""
_OUTSIDE = re.compile(r"\]\(\.\./([^)#\s]+)")


def on_files(files: Files, config: Any) -> Files:
    """Add the files outside `docs/` to which a page links."""
    for page in files.documentation_pages():
        if page.src_uri.endswith(".md"):
            for name in _OUTSIDE.findall(page.content_string):
                if files.get_file_from_path(_place(name)) is None:
                    files.append(_file(name, config))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Turn links to files outside `docs/` into links to their copies."""
    return _OUTSIDE.sub(lambda found: f"]({_place(found[1])}", markdown)


def _place(name: str) -> str:
    """Return where a file is on the site: Markdown as text, for its own links."""
    return f"{INTO}/{name}.txt" if name.endswith(".md") else f"{INTO}/{name}"


def _file(name: str, config: Any) -> File:
    return File.generated(config, _place(name), content=(ROOT / name).read_bytes())
