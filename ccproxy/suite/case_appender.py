"""Adds a case to the case file beside a policy, whose other lines stay as they are."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent
from typing import Any

import yaml

from ccproxy.analysis.cases import Case
from ccproxy.facts import Request
from ccproxy.policy import Policy
from ccproxy.private_files import replace_keeping, write_new
from ccproxy.source import Source
from ccproxy.suite.case_files import SUFFIX, CaseFile, read_case_file
from ccproxy.suite.case_writer import write_cases
from ccproxy.suite.runner import run_case
from ccproxy.yaml_nodes import read_yaml_file
from ccproxy.yaml_reader import compose


class CaseFileError(Exception):
    """Raised where a case can't be added to a file; the message says why."""


def append_case(policy_file: Path, policy: Policy, request: dict[str, Any], name: str) -> Path:
    """Add a case that expects of a request what the policy decides now; returns the case file, created if there is none.

    CaseFileError where the file has errors, or is written so that the case would change more of it; OSError; ValueError for no request.
    """
    path = policy_file.with_name(policy_file.stem + SUFFIX)
    decision = policy.decide(Request.from_envelope(request))
    try:
        data = read_yaml_file(path)
    except FileNotFoundError:
        write_new(path, write_cases(None, [Case(name, request, {}, decision)]))
        return path
    before = _read(data, path)
    names = {case.name for case in before.cases}
    free = next(one for number in range(1, len(names) + 2) if (one := name if number == 1 else f"{name} ({number})") not in names)
    text = data.decode("utf-8-sig")
    after = _inserted(text, write_cases(None, [Case(free, request, {}, decision)]).partition("\n")[2], path)
    written = (b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b"") + after.encode()
    read = _read(written, path)
    if _told(read)[:-1] != _told(before) or not run_case(policy, read.cases[-1]).passed:
        raise CaseFileError(f"{path.name} is written in a way that a case can't be added to: add it by hand")
    replace_keeping(path, written)
    return path


def _read(data: bytes, path: Path) -> CaseFile:
    found = read_case_file(data, path.name, path)
    if found.problems:
        raise CaseFileError(str(found.problems[0]))
    return found


def _told(file: CaseFile) -> list[object]:
    return [(case.name, case.request, case.facts, case.expect) for case in file.cases]


def _inserted(text: str, case: str, path: Path) -> str:
    """The text with a case behind its last one."""
    root = compose(Source(text, path.name, path))
    if root is None:
        return f"{text}{'' if text.endswith(chr(10)) or not text else chr(10)}cases:\n{case}"
    listed = next((value for key, value in root.value if key.value == "cases"), None) if isinstance(root, yaml.MappingNode) else None
    if not isinstance(listed, yaml.SequenceNode) or listed.flow_style or not listed.value:
        raise CaseFileError(f"{path.name} has no list of cases with a line of its own for each: add it by hand")
    end: int = listed.end_mark.index
    # the end of a block is where the next thing begins: comments above that belong to it
    kept = text[:end].rstrip(" ")
    head = kept if kept.endswith("\n") else f"{kept}\n"
    return head + indent(case, " " * listed.start_mark.column) + text[end - (len(text[:end]) - len(kept)) :]
