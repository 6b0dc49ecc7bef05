"""The wheel holds all that is needed, and works where there is no checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("bench", "claims", "configs", "factories", "optimizers", "problems")
FIELD = "bench/store/fields/standing"
OF_FIELD = {
    *("run.json", "prices.csv", "costs.csv.gz", "costs.json", "tuning.csv.gz"),
}
MOST_BYTES = 1_000_000
"""Of the field."""
RANKED = """
from bench.store.field import find_field, load_field
field = load_field(find_field("standing"))
print(field.folder)
print(len(field.chosen) > 1000, field.costs["optimizer"].eq("adam").any())
"""


def run(*words, **more):
    return subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, **more
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel without a network: what builds it is installed."""
    folder = tmp_path_factory.mktemp("dist")
    done = run(
        *(sys.executable, "-P", "-m", "hatchling", "build", "-t", "wheel"),
        *("-d", folder),
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def site(wheel, tmp_path_factory):
    """Install the wheel beside the dependencies of this Python, before its packages."""
    folder = tmp_path_factory.mktemp("site")
    done = run(
        *(sys.executable, "-P", "-m", "pip", "install", "--quiet", "--no-deps"),
        *("--no-index", "--disable-pip-version-check", "--target", folder, wheel),
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_every_file_of_the_packages_is_in_it_and_no_other(wheel):
    listed = run("git", "ls-files", *PACKAGES, cwd=ROOT)
    if listed.returncode:
        pytest.skip("not a checkout of git")
    with zipfile.ZipFile(wheel) as archive:
        names = {n for n in archive.namelist() if ".dist-info/" not in n}
        metadata = {n.rpartition("/")[2] for n in archive.namelist() if n not in names}
    tracked = {name for name in listed.stdout.split() if (ROOT / name).exists()}
    assert names == tracked | {f"{FIELD}/{name}" for name in OF_FIELD}
    assert {"configs/quickstart.toml", "bench/cli/templates/first/first.toml"} <= names
    assert {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "LICENSE"} <= metadata


def test_it_works_outside_of_a_checkout(site, tmp_path):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    environment |= {"PYTHONPATH": str(site), "XDG_CACHE_HOME": str(tmp_path / "cache")}

    def gradmeter(*words):
        command = (sys.executable, site / "bin" / "gradmeter", *words)
        return run(*command, cwd=tmp_path, env=environment)

    where = run(
        *(sys.executable, "-c", "import bench, problems; print(bench.__file__)"),
        cwd=tmp_path,
        env=environment,
    )
    assert where.stdout.strip() == str(site / "bench" / "__init__.py")
    less = ("--only", "optimizer=adam", "--only", "problem=linear_regression")
    less += ("--set", "seeds=1", "--set", "budget.steps=20")
    done = gradmeter("run", "quickstart", *less)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "results" / "quickstart" / "summary.md").is_file()
    assert gradmeter("init", "sweep").stdout == "sweep.toml\n"
    wrong = gradmeter("check", "quikstart")
    assert wrong.returncode == 2
    assert 'Did you mean "quickstart"?' in wrong.stderr
    unknown = gradmeter("rank", "adam", "--set", "name=standign")
    assert unknown.returncode == 2
    assert 'Did you mean "standing"?' in unknown.stderr
    ranked = run(sys.executable, "-c", RANKED, cwd=tmp_path, env=environment)
    field = site / FIELD
    assert ranked.stdout.splitlines() == [str(field), "True True"], ranked.stderr
    assert sum(path.stat().st_size for path in field.iterdir()) < MOST_BYTES
