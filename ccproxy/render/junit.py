"""Renders the results of cases as JUnit XML, which CI systems read."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement  # nosec B405: written, never parsed

from ccproxy.explanation import headline
from ccproxy.render.cases import failure_lines, one_line, problems_of
from ccproxy.render.xml_text import document, writable
from ccproxy.suite.runner import CaseResult, FileResult


def junit_report(files: Sequence[FileResult]) -> str:
    """The report: one suite per file, in which an error in the file or its policy is an error too."""
    root = Element("testsuites", name="ccproxy test")
    suites = [_suite(file) for file in files]
    root.extend(suites)
    for count in COUNTS:
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in suites)))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{document(root)}'


COUNTS = ("tests", "failures", "errors")


def _suite(file: FileResult) -> Element:
    suite = Element("testsuite", name=writable(file.name))
    for result in file.results:
        suite.append(_case(result))
    problems = list(problems_of(file))
    for place, line, column, message in problems:
        case = SubElement(suite, "testcase", classname=writable(file.name), name=writable(f"{place}:{line}:{column}"))
        SubElement(case, "error", message=writable(message))
    for count, number in zip(COUNTS, (len(file.results) + len(problems), file.failed, len(problems)), strict=True):
        suite.set(count, str(number))
    return suite


def _case(result: CaseResult) -> Element:
    case = result.case
    file = writable(case.file)
    element = Element("testcase", classname=file, name=writable(case.name), file=file, line=str(case.line))
    if not result.passed:
        message = f"expected {one_line(result.expected)}, got {headline(result.decision)}"
        failure = SubElement(element, "failure", message=writable(message))
        failure.text = writable("\n".join(failure_lines(result)))
    return element
