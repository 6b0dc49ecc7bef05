"""A comparison of two runs as JUnit XML, which CI services show as tests."""

from math import isfinite
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from ...core.text import one_line
from .exact import NOT_COMPARED
from .headline import headline
from .report import Report
from .seconds import TimeRow

EXACT, TIMED = "calls, losses and ends", "seconds"
UNDECIDED = "undecided: too few rounds, or too few trial groups"


def junit_text(report: Report) -> str:
    """Return a comparison as JUnit XML.

    It has a suite for calls, losses and ends and one for seconds. A case is an
    optimizer on a problem; it fails if that is worse in B, and is skipped if it was not
    compared or is undecided.
    """
    suites = Element("testsuites", name=_text(headline(report)))
    exact = SubElement(suites, "testsuite", name=EXACT)
    for row in report.exact.rows:
        case = _case(exact, row.problem, row.optimizer)
        if row.verdict == NOT_COMPARED:
            _skip(case, "no seed is in both runs")
        elif row.verdict == "worse":
            _fail(case, row.worst.words or "a larger loss after the same work")
        elif row.differing:
            SubElement(case, "system-out").text = _text(row.worst.words)
    for problem, optimizer, why in report.apart:
        _skip(_case(exact, problem, optimizer), why)
    timed = SubElement(suites, "testsuite", name=TIMED)
    for row in (*report.timed.rows, *report.timed.optimizers):
        _timed(timed, row)
    for problem, optimizer, why in report.untimed:
        _skip(_case(timed, problem, optimizer), why)
    for suite in (suites, exact, timed):
        _count(suite)
    ElementTree.indent(suites)
    text = ElementTree.tostring(suites, "us-ascii", xml_declaration=True)
    return f"{text.decode()}\n"


def _timed(suite: Element, row: TimeRow) -> None:
    case = _case(suite, row.problem or "all problems", row.optimizer)
    if isfinite(row.b):
        case.set("time", f"{row.b:.9f}")
    words = f"B over A {row.ratio:.3f}, from {row.low:.3f} to {row.high:.3f}"
    if row.verdict == "worse":
        _fail(case, words)
    elif row.verdict == "undecided":
        _skip(case, UNDECIDED)


def _case(suite: Element, problem: str, optimizer: str) -> Element:
    return SubElement(
        suite, "testcase", classname=_text(problem), name=_text(optimizer)
    )


def _fail(case: Element, words: str) -> None:
    SubElement(case, "failure", type="worse", message=_text(words))


def _skip(case: Element, words: str) -> None:
    SubElement(case, "skipped", message=_text(words))


def _count(suite: Element) -> None:
    """State how many cases there are, how many failed and how many were skipped."""
    counted = {"tests": "testcase", "failures": "failure", "skipped": "skipped"}
    for name, tag in counted.items():
        suite.set(name, str(sum(1 for _ in suite.iter(tag))))


def _text(words: str) -> str:
    """Return a text without the characters that XML lacks."""
    return one_line(words)
