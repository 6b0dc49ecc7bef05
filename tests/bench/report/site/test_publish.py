"""Runs as static pages: links, labels as text, bytes, and what may be replaced."""

import gzip
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from bench.cli import main
from bench.report.groups import Results
from bench.report.site import publish
from bench.report.tables.summary import Tables
from bench.store import made
from bench.store.merged import merge
from bench.store.run import load

from ...synthetic_run import Course, Racer, write_run

ROOT = Path(__file__).parents[4]
STANDING = ROOT / "results/reference/standing"
COURSES = [Course("bowl", steps=60), Course("<b>valley</b>", steps=60)]
RACERS = [Racer('<script>alert("1")</script>', 0.9), Racer("fast", 0.5)]
MACHINE = {"processor": "<i>Model</i> & 1", "processors": 2, "megahertz": None}
WIDTH = "() => document.documentElement.scrollWidth"
MEMORY = {"usable_processors": 2, "memory_gigabytes": 8.3}


class Seen(HTMLParser):
    """The tags and links of a page, and its text."""

    def __init__(self, path):
        super().__init__()
        self.tags, self.links, self.ids, self.text = set(), [], set(), ""
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        known = dict(attributes)
        self.links += [known[name] for name in ("href", "src") if name in known]
        self.ids |= {known["id"]} if "id" in known else set()

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "mine"
    write_run(folder, COURSES, RACERS, seeds=2, machine=MACHINE)
    (folder / "plots").mkdir()
    (folder / "plots" / "bowl-panel.png").write_bytes(b"\x89PNG")
    return folder


@pytest.fixture(scope="module")
def site(folder, tmp_path_factory):
    """The pages of a run with trials, and of one that keeps its tables."""
    run, kept = load(folder), tmp_path_factory.mktemp("kept") / "mine"
    made.keep(run, kept, Tables(Results(run)).contents())
    out = tmp_path_factory.mktemp("site")
    assert publish([run, load(kept)], out, "A <title>") == out / "index.html"
    return out


def own_pages(site):
    """Return the pages but for the report, which has tests of its own."""
    return [path for path in site.rglob("*.html") if path.name != "report.html"]


def test_there_is_an_index_and_for_each_run_its_pages(site):
    names = {str(path.relative_to(site)) for path in site.rglob("*") if path.is_file()}
    pages = {"index.html", "tables.html", "run.json", "prices.csv", "report.html"}
    assert {"index.html", "style.css", "site.json"} <= names
    assert {f"mine/{name}" for name in (*pages, "summary.csv")} <= names
    assert {f"mine_2/{name}" for name in (*pages, "summary.csv.gz")} <= names
    assert "mine/plots/bowl-panel.png" in names
    assert not (site / "mine" / "trials").exists()


def test_every_link_leads_to_a_file_of_the_site(site):
    seen = set()
    for page in own_pages(site):
        for link in Seen(page).links:
            parts = urlsplit(link)
            assert not parts.scheme
            assert not parts.netloc
            target = page.parent / unquote(parts.path) if parts.path else page
            assert target.is_file(), f"{page}: {link}"
            assert not parts.fragment or parts.fragment in Seen(target).ids
            seen.add(target.resolve())
    files = {path.resolve() for path in site.rglob("*") if path.is_file()}
    assert files - seen == {(site / "site.json").resolve()}


def test_labels_are_text(site):
    for page in own_pages(site):
        assert not Seen(page).tags & {"script", "i"}
        assert "<b>valley" not in page.read_text()
    tables = Seen(site / "mine" / "tables.html").text
    assert '<script>alert("1")</script>' in tables
    assert "<b>valley</b>" in tables
    front = Seen(site / "mine" / "index.html").text
    assert "<i>Model</i> & 1" in front
    assert "megahertz" not in front
    index = Seen(site / "index.html").text
    assert "A <title>" in index
    assert "2 optimizers" in " ".join(index.split())
    assert "fast is the best by time" in index


def test_nothing_is_wider_than_a_phone(chromium, tmp_path):
    words = "Intel(R) Xeon(R) Processor @ 2.20GHz, of the seventh generation"
    machine = {"processor": words, "long name": "x" * 80} | MEMORY
    folder = write_run(tmp_path / ("long" * 20), COURSES, RACERS, machine=machine)
    publish([load(folder)], tmp_path / "site", "A title " + "x" * 80)
    page = chromium.new_page(viewport={"width": 390, "height": 800})
    for path in own_pages(tmp_path / "site"):
        page.goto(path.as_uri())
        assert page.evaluate(WIDTH) <= 390, path
    page.close()


def test_the_tables_of_a_kept_run_are_those_of_the_run(site):
    whole, kept = site / "mine", site / "mine_2"
    for name in ("tables.html", "costs.csv.gz"):
        assert (kept / name).read_bytes() == (whole / name).read_bytes()
    for name in ("summary.csv", "comparison.csv"):
        packed = (kept / f"{name}.gz").read_bytes()
        assert gzip.decompress(packed) == (whole / name).read_bytes()


def test_the_same_files_give_the_same_bytes(folder, tmp_path):
    run = load(folder)
    for out in ("one", "two"):
        publish([run], tmp_path / out)
    one, two = (sorted((tmp_path / out).rglob("*")) for out in ("one", "two"))
    assert len(one) == len(two) > 10
    for a, b in zip(one, two, strict=True):
        assert a.is_dir() or a.read_bytes() == b.read_bytes()


def test_pages_are_replaced_and_other_files_are_not(folder, tmp_path, capsys):
    other = folder.parent / "other"
    write_run(other, COURSES[:1], RACERS[1:], seeds=1)
    out = tmp_path / "site"
    assert main(["publish", str(folder), str(other), "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"{out / 'index.html'}\n"
    (out / "CNAME").write_text("mine")
    assert main(["publish", str(other), "--out", str(out)]) == 0
    assert not (out / "mine" / "index.html").exists()
    assert (out / "other" / "index.html").exists()
    assert (out / "CNAME").exists()
    for wrong in (folder, folder / "run.json"):
        assert main(["publish", str(other), "--out", str(wrong)]) == 2
        words = capsys.readouterr().err
        assert words.count("\n") == 1
        assert words.endswith("use another --out\n")
    assert not (folder / "index.html").exists()


@pytest.mark.parametrize("given", [[], ["--host-names"]])
def test_machines_are_described_and_named_only_if_it_is_wanted(given, tmp_path, capsys):
    machines = [
        {"host": f"xyzzy_{name}", "processor": f"chip {name}"} | MEMORY
        for name in ("a", "b")
    ]
    runs = [
        write_run(tmp_path / str(n), COURSES, RACERS[n:][:1], machine=machine)
        for n, machine in enumerate(machines)
    ]
    merge(runs, tmp_path / "both")
    plots = tmp_path / "both" / "plots"
    plots.mkdir()
    for name in ("bowl-panel", "bowl-seconds-on_xyzzy_a", "profiles-on_xyzzy_b"):
        (plots / f"{name}.png").write_bytes(b"\x89PNG")
    folders = [str(runs[0]), str(tmp_path / "both")]
    out = tmp_path / "site"
    assert main(["publish", *folders, "--out", str(out), *given]) == 0
    assert main(["report", *folders, "--out", str(out / "all.html"), *given]) == 0
    capsys.readouterr()
    files = [path for path in out.rglob("*") if path.is_file()]
    named = {
        str(path.relative_to(out))
        for path in files
        if b"xyzzy" in path.read_bytes() or "xyzzy" in path.name
    }
    expected = {"0/index.html", "0/run.json", "both/run.json", "both/hosts.csv"}
    pictures = {"bowl-seconds-on_xyzzy_a.png", "profiles-on_xyzzy_b.png"}
    expected |= {f"both/plots/{name}" for name in pictures}
    assert named >= expected if given else not named
    front = " ".join(Seen(out / "both" / "index.html").text.split())
    assert "chip a, 2 processors, 8 GB chip b, 2 processors, 8 GB" in front
    assert "8.3 GB" in front
    assert "memory gigabytes" not in front
    assert f"{'xyzzy_b' if given else 'machine 2'}: processor" in front


def test_what_is_no_run_is_an_error_and_nothing_is_written(folder, tmp_path, capsys):
    out = tmp_path / "site"
    missing = str(tmp_path / "none")
    assert main(["publish", str(folder), missing, "--out", str(out)]) == 2
    assert f"{missing}: not a run folder" in capsys.readouterr().err
    assert not out.exists()
    assert main(["publish"]) == 2


def test_the_standing_comparison_is_published(tmp_path):
    publish([load(STANDING)], tmp_path, "The standing comparison")
    index = " ".join(Seen(tmp_path / "index.html").text.split())
    assert "optimizers" in index
    assert "is the best by" in index
    tables = Seen(tmp_path / "standing" / "tables.html")
    assert len(tables.ids) > 6
    assert "lbfgs" in tables.text
    assert not (tmp_path / "standing" / "README.md").exists()


def test_the_standing_comparison_is_small_and_names_no_machine():
    sizes = (path.stat().st_size for path in STANDING.iterdir() if path.is_file())
    assert sum(sizes) < 3_000_000
    assert "host" not in load(STANDING).record.machine
