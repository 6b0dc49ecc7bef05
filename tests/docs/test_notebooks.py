"""The notebooks of the documentation: they run, and are kept without outputs."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "docs").glob("*.ipynb"))
MOST_SECONDS = 500
"""Of a cell where others compute too; a notebook takes 30 s on two idle cores."""


QUIET = ["--log-level=ERROR"]  # which else warns of its sockets


@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_what_it_says(path, tmp_path, monkeypatch):
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)
    where = {"metadata": {"path": str(tmp_path)}}
    client = nbclient.NotebookClient(
        notebook, timeout=MOST_SECONDS, resources=where, extra_arguments=QUIET
    )
    client.execute()
    shown = {
        kind for cell in code for out in cell.outputs for kind in out.get("data", ())
    }
    assert {"text/html", "image/png"} <= shown
    said = [out for cell in code for out in cell.outputs if out.output_type == "stream"]
    assert not [out.text for out in said if out.name == "stderr"]


def test_there_are_two():
    names = {path.stem for path in NOTEBOOKS}
    assert {"which-optimizer", "five-figures"} <= names
