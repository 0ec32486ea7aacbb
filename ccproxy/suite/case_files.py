"""Reads case files (requests with their expected decisions, in YAML), and reports errors in them with their places."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any, get_args

import yaml

from ccproxy.closest import closest
from ccproxy.decision import Action
from ccproxy.facts.request import EnvelopeError, Request, fact_value
from ccproxy.frozen import frozen, mutable
from ccproxy.language.loader import SUFFIX as POLICY_SUFFIX
from ccproxy.regular_files import MAX_REQUEST, read_regular, real_path
from ccproxy.source import Problem, Source, Span
from ccproxy.yaml_nodes import NotYamlError, is_null, kind_of, span_of
from ccproxy.yaml_reader import compose, construct, flatten

SUFFIX = ".cases.yaml"
ACTIONS: tuple[Action, ...] = get_args(Action)
_EACH_ACTION = " or ".join((", ".join(ACTIONS[:-1]), ACTIONS[-1]))


@frozen
class Case:
    """A request, facts that override its own (`session` too, which a case may say beside them), and the expected decision.

    `span` is its place; `expect` has some of `action`, `label`, `fallbacks`, `message`, `line`, `file`; `reads` is the file that
    the request was read from.
    """

    span: Span
    name: str
    request: Mapping[str, Any]
    facts: Mapping[str, Any]
    expect: Mapping[str, Any]
    reads: Path | None = None

    @property
    def file(self) -> str:
        """The name of its file."""
        return self.span.source.name

    @property
    def line(self) -> int:
        """The line on which it starts."""
        return self.span.line

    @property
    def observed(self) -> Request:
        """The request with the case's facts set. EnvelopeError for a malformed envelope."""
        return Request.from_envelope(self.request).over(facts=self.facts)


@frozen
class CaseFile:
    """The content of a case file; `policy` is None if it names none and none can be inferred from its name.

    `policy_span` is where the policy is named, else the start of the file.
    """

    name: str
    policy: Path | None
    policy_span: Span
    cases: tuple[Case, ...]
    problems: tuple[Problem, ...]


def default_policy(path: Path) -> Path:
    """The policy of a case file that names none: the `.ccp` file of the same name."""
    return path.with_name(path.name.removesuffix(SUFFIX).removesuffix(".yaml") + ".ccp")


def read_case_file(data: bytes, name: str, path: Path | None, root: Path | None = None) -> CaseFile:
    """Read a case file; paths in it are relative to the folder of `path`, without one to the current folder.

    They must stay inside that folder or `root`, because the content of a file may be printed.
    """
    folder = path.parent if path else Path()
    source, problems = _decode(data, name)
    reader = _Reader(source, folder, tuple(real_path(allowed) for allowed in (folder, root) if allowed is not None), problems)
    cases = [] if problems else list(reader.cases())
    policy = reader.policy if reader.policy is not None else default_policy(path) if path is not None else None
    return CaseFile(name, policy, reader.policy_span, tuple(cases), tuple(reader.problems))


def _decode(data: bytes, name: str) -> tuple[Source, list[Problem]]:
    data = data.removeprefix(BOM_UTF8)
    try:
        return Source(data.decode("utf-8"), name), []
    except UnicodeDecodeError as error:
        source = Source(data.decode("utf-8", "replace"), name)
        at = len(data[: error.start].decode("utf-8"))
        return source, [Problem(Span(source, at, at + 1).line_start, "this is not UTF-8 text")]


Entry = tuple[yaml.Node, yaml.Node]


@mutable
class _Reader:
    """Reads one file; `meant` are the keys that misspelt ones were meant for, so that they are not reported as missing too."""

    source: Source
    folder: Path
    roots: tuple[Path, ...]
    problems: list[Problem]
    policy: Path | None = None
    policy_span: Span = field(init=False)
    meant: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.policy_span = Span(self.source, 0, 0)

    def problem(self, node: yaml.Node, message: str, help_text: str | None = None) -> None:
        self.problems.append(Problem(span_of(self.source, node), message, help_text))

    def cases(self) -> Iterator[Case]:
        """The cases without problems."""
        try:
            root = compose(self.source)
        except NotYamlError as error:
            self.problems.append(Problem(error.span, str(error)))
            return
        if root is None:
            return
        entries = self.mapping(root, ("policy", "cases"), "a case file", "cases: [{name: …, request: …, expect: …}]")
        if entries is None:
            return
        if "policy" in entries:
            self._policy(entries["policy"][1])
        if "cases" not in entries:
            if "cases" not in self.meant:
                self.problem(root, "a case file has cases: [{name: …, request: …, expect: …}]")
            return
        listed = entries["cases"][1]
        if not isinstance(listed, yaml.SequenceNode):
            self.problem(listed, f"cases is a list, not {kind_of(listed)}")
            return
        for node in listed.value:
            found = self._case(node)
            if found is not None:
                yield found

    def _policy(self, node: yaml.Node) -> None:
        self.policy_span = span_of(self.source, node)
        text = self.text(node, "policy", "the path of a policy")
        if text and self._is_allowed(node, self.folder / text):
            if real_path(self.folder / text).suffix == POLICY_SUFFIX:
                self.policy = self.folder / text
            else:
                self.problem(node, f"the name of a policy ends in {POLICY_SUFFIX}")

    def _is_allowed(self, node: yaml.Node, path: Path) -> bool:
        """Whether a path in the file may be read."""
        try:
            real: Path | None = path.resolve()
        except (OSError, RuntimeError, ValueError):
            real = None
        if real is None or real_path(real) != real:  # after a circle of links it has others, which nobody followed
            self.problem(node, "this path can't be followed")
            return False
        if any(real.is_relative_to(root) for root in self.roots):
            return True
        self.problem(node, "the path leads out of the folder of the case file, and of the folder that the tests run in")
        return False

    def _case(self, node: yaml.Node) -> Case | None:
        """Read a case; None if it has errors."""
        before, meant_before = len(self.problems), len(self.meant)
        entries = self.mapping(node, ("name", "request", "session", "facts", "expect"), "a case", "name, request, session, facts, expect")
        if entries is None:
            return None
        meant, span = self.meant[meant_before:], span_of(self.source, node)
        name = self.text(entries["name"][1], "name", "a text") if "name" in entries else f"the case on line {span.line}"
        if "request" not in entries and "request" not in meant:
            self.problem(node, "the case has no request: the path of a request file, or the request itself")
        if "expect" not in entries and "expect" not in meant:
            self.problem(node, "the case expects nothing: expect is a label, or {action: …, label: …, …}")
        request, reads = self._request(entries["request"][1]) if "request" in entries else ({}, None)
        facts = self._facts(entries["facts"][1]) if "facts" in entries else {}
        if "session" in entries:
            facts |= self._session(*entries["session"], facts)
        expect = self._expect(entries["expect"][1]) if "expect" in entries else {}
        if len(self.problems) > before:
            return None
        return Case(span, name or "", request, facts, expect, reads)

    # ── The parts of a case ──────────────────────────────────────────────────────────────────────────────────────────

    def _request(self, node: yaml.Node) -> tuple[Mapping[str, Any], Path | None]:
        path = None
        if isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:str":
            path = self.folder / node.value
            if not self._is_allowed(node, path):
                return {}, None
            request = self._request_file(node, path)
        else:
            request = self.value(node)
        if isinstance(request, _Nothing):
            return {}, path
        if not isinstance(request, dict):
            self.problem(
                node, f"a request is the path of a file, or an object, not {kind_of(node) if path is None else 'what that file has'}"
            )
            return {}, path
        try:
            Request.from_envelope(request)
        except EnvelopeError as error:
            self.problem(node, str(error))
        return request, path

    def _request_file(self, node: yaml.ScalarNode, path: Path) -> Any:
        try:
            return json.loads(read_regular(path, MAX_REQUEST).decode("utf-8-sig"))
        except FileNotFoundError:
            self.problem(node, f"there is no request file {node.value}", similar_file(path))
        except (OSError, ValueError, RecursionError) as error:
            told = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
            self.problem(node, f"the request file {node.value} can't be read: {told}")
        return _Nothing()

    def _facts(self, node: yaml.Node) -> dict[str, Any]:
        if is_null(node):
            return {}
        found: dict[str, Any] = {}
        for name, (key, value_node) in (self.mapping(node, None, "facts", "tokens: 250000") or {}).items():
            value = self.value(value_node)
            if isinstance(value, _Nothing):
                continue
            try:
                fact_value(name, value)
            except EnvelopeError as error:
                self.problem(key, str(error))
            found[name] = value
        return found

    def _session(self, key: yaml.Node, node: yaml.Node, facts: Mapping[str, Any]) -> dict[str, Any]:
        """The fact `session`, which a case may say beside `facts`; null or an empty text: missing."""
        if "session" in facts:
            self.problem(key, "session is there twice: here, and among the facts")
        return {"session": None if is_null(node) else self.text(node, "session", "a text") or None}

    def _expect(self, node: yaml.Node) -> dict[str, Any]:
        if isinstance(node, yaml.ScalarNode) and not is_null(node):
            return {"action": "route", "label": node.value}
        known = ("action", "label", "fallbacks", "message", "line", "file")
        if is_null(node):
            self.problem(node, "the case expects nothing: expect is a label, or {action: …, label: …, …}")
            return {}
        before = len(self.problems)
        entries = self.mapping(node, known, "expect", "a label, or {action: …, label: …, …}")
        if entries is None:
            return {}
        if not entries and len(self.problems) == before:
            self.problem(node, f"the case expects nothing: name some of {', '.join(known)}")
        found: dict[str, Any] = {}
        for name, (_, value) in entries.items():
            match name:
                case "action":
                    found[name] = self._action(value)
                case "fallbacks":
                    found[name] = self._labels(value)
                case "line":
                    found[name] = self.value(value)
                    if not isinstance(found[name], int) or isinstance(found[name], bool):
                        self.problem(value, f"line is the number of a line, not {kind_of(value)}")
                case _:
                    found[name] = None if name != "file" and is_null(value) else self.text(value, name, "a text")
        return found

    def _action(self, node: yaml.Node) -> str | None:
        action = self.text(node, "action", _EACH_ACTION)
        if action is not None and action not in ACTIONS:
            close = closest(action, ACTIONS)
            hint = f"did you mean {close}?" if close else f"it is {_EACH_ACTION}"
            self.problem(node, f"there is no action {action!r}", hint)
        return action

    def _labels(self, node: yaml.Node) -> list[str]:
        if not isinstance(node, yaml.SequenceNode):
            self.problem(node, f"fallbacks is a list of labels, not {kind_of(node)}")
            return []
        return [self.text(item, "a fallback", "a label") or "" for item in node.value]

    # ── YAML ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def mapping(self, node: yaml.Node, known: Sequence[str] | None, what: str, example: str) -> dict[str, Entry] | None:
        """The entries of a mapping with these keys (None: any); None if the node is not a mapping."""
        if not isinstance(node, yaml.MappingNode):
            self.problem(node, f"{what} is a mapping ({example}), not {kind_of(node)}")
            return None
        own: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in own:
                    self.problem(key, f"{key.value} is there twice")
                own.add(key.value)
        try:
            flatten(node)  # merged entries come first
        except yaml.MarkedYAMLError as error:
            self.problem(node, f"this is not YAML: {error.problem}")
            return None
        entries: dict[str, Entry] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.problem(key, f"a key of {what} is a text, not {kind_of(key)}")
            elif known is not None and key.value not in known:
                close = closest(key.value, known)
                hint = f"did you mean {close}?" if close else f"it has {', '.join(known)}"
                self.problem(key, f"{what} has no {key.value!r}", hint)
                self.meant += [close] if close else []
            else:
                entries[key.value] = (key, value)
        return entries

    def text(self, node: yaml.Node, what: str, kind: str) -> str | None:
        """The text of a scalar as written, whatever its YAML type."""
        if isinstance(node, yaml.ScalarNode) and not is_null(node):
            return str(node.value)
        self.problem(node, f"{what} is {kind}, not {kind_of(node)}")
        return None

    def value(self, node: yaml.Node) -> Any:
        """The JSON value of a node; `_Nothing` if it has none."""
        try:
            return json.loads(json.dumps(construct(node)))
        except (yaml.YAMLError, TypeError, ValueError, RecursionError) as error:
            told = error.problem if isinstance(error, yaml.MarkedYAMLError) else str(error)
            self.problem(node, f"JSON has no such value: {told}")
        return _Nothing()


class _Nothing:
    """Stands for what could not be read."""


def similar_file(path: Path) -> str | None:
    """A suggestion for a missing file: one of the same kind beside it with a similar name."""
    try:
        close = closest(path.name, [other.name for other in path.parent.iterdir() if other.suffix == path.suffix])
    except OSError:
        return None
    return f"did you mean {close}?" if close else None
