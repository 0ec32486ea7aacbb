"""What is fuzzed: each a public function, inputs to begin with, and what holds of its answer to any other."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType, TracebackType
from typing import Any
from unittest.mock import patch
from zlib import crc32

from cattrs import Converter
from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.lsp._base_server import BaseLanguageServer
from pygls.protocol import LanguageServerProtocol, default_converter

import ccproxy
from ccproxy.analysis.findings import analyse
from ccproxy.analysis.fuel import Fuel
from ccproxy.checks import check
from ccproxy.checks.labels import check_labels
from ccproxy.config.settings import SettingsError
from ccproxy.config.settings_text import parse_settings
from ccproxy.diagnostics import Diagnostic
from ccproxy.facts import FACTS, TokenCounter
from ccproxy.facts.request import EnvelopeError, Request, read_json
from ccproxy.language.formatter.verified import format_data
from ccproxy.language.loader import load_file
from ccproxy.lsp.server import PolicyServer
from ccproxy.models.label_models import CAPABILITIES, Models
from ccproxy.models.litellm_config import read_litellm_config
from ccproxy.models.model_list_reader import read_model_list
from ccproxy.models.prices import Paid
from ccproxy.policy import PolicyError, build
from ccproxy.render.diagnostics.github import render_github
from ccproxy.render.diagnostics.json import render_json
from ccproxy.render.diagnostics.sarif import render_sarif
from ccproxy.render.diagnostics.text import render_text
from ccproxy.render.recorded_traffic import replay_json, replay_lines
from ccproxy.replay.bill import Bill
from ccproxy.replay.recorded import Skipped
from ccproxy.replay.recorded import Source as Kind
from ccproxy.replay.replayed import PolicyTotal, Replay
from ccproxy.replay.sources import Sources
from ccproxy.source import Problem, Source, Span
from ccproxy.suite.case_files import read_case_file
from ccproxy.suite.runner import run_file
from tests.fuzzing.mutation import Mutate, mutate_json, mutate_lines, mutate_text
from tests.replay.test_sources import FILES

ROOT = Path(__file__).parents[2]
PACKAGE = str(ROOT / "ccproxy")
EVERY_FUNCTION = """
when fits("a") and cost("a") < 0.01 -> a
when cost("b") > cost("a") or not fits("b") -> b
when tokens > 100 -> 90% a, 10% b by session fallback b
when model == "keep" -> keep
when effort == "low" -> stay fallback a
default -> b fallback a
"""


@dataclass(frozen=True, slots=True)
class Target:
    """`run` is given any bytes; it raises where what has to hold doesn't. `seeds` makes the first inputs, which `mutate` changes."""

    name: str
    run: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]
    mutate: Mutate


def within(span: Span) -> None:
    """A span lies in its text, and has a line and a column that people can go to."""
    assert 0 <= span.start <= span.end <= len(span.source.text)
    position = span.source.position(span.start)
    assert 1 <= position.line <= span.source.line_count
    assert 1 <= position.column <= len(span.source.line(position.line)) + 2  # behind the last character, or its carriage return


def worded(message: str) -> None:
    """An error has words, which can be printed."""
    assert message
    message.encode("utf-8", "backslashreplace")


def told(problems: Iterable[Problem]) -> None:
    """Problems have places and words."""
    for problem in problems:
        within(problem.span)
        assert problem.message
        str(problem)


def reported(diagnostics: Sequence[Diagnostic]) -> None:
    """Diagnostics have places and words, and every format of theirs can be written."""
    for diagnostic in diagnostics:
        within(diagnostic.span)
        assert diagnostic.message
        render_text(diagnostic).encode()
        for fix in diagnostic.fixes:
            for edit in fix.edits:
                within(edit.span)
    for text in (render_github(diagnostics), render_json(diagnostics), render_sarif(diagnostics)):
        str(text).encode()


# ── Policies ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def policy(data: bytes) -> None:
    """A text is a policy that decides, or has errors with places; formatted it is what it was."""
    diagnostics, checked = check(load_file(Path("policy.ccp"), partial(_only, data)))
    reported(diagnostics)
    assert (checked is None) == any(item.severity == "error" for item in diagnostics)
    formatted = format_data(data, "policy.ccp")
    assert formatted.problem is None
    reported(formatted.diagnostics)
    if checked is None:
        return
    try:
        loaded = ccproxy.loads(data.decode("utf-8-sig"), counter=counter())
    except PolicyError as error:  # a predicate that isn't there
        reported(error.diagnostics)
        return
    for body in ({}, {"model": "m", "messages": [{"role": "user", "content": "hi"}]}):
        decision = loaded.decide(body)
        assert loaded.explain(body).to_dict()["label"] == decision.label


def analysis(data: bytes) -> None:
    """What is proved of a policy is told with places, within a budget."""
    checked = check(load_file(Path("policy.ccp"), partial(_only, data)))[1]
    if checked is not None:
        reported(analyse(checked, Fuel(20_000, 5_000)))


def _only(data: bytes, path: Path) -> bytes:
    if path.name != "policy.ccp":
        raise FileNotFoundError(path)
    return data


def _policies() -> list[bytes]:
    found = [
        *(ROOT / "policies").glob("*.ccp"),
        *(ROOT / "tests" / "conformance").rglob("*.ccp"),
        *(ROOT / "tests" / "diagnostics").glob("*.ccp"),
    ]
    return [path.read_bytes() for path in sorted(found) if path.stat().st_size < 3_000]


@cache
def counter() -> TokenCounter:
    """One counter for all."""
    return TokenCounter()


@cache
def starters() -> list[ccproxy.Policy]:
    """The policies that requests are decided by."""
    return [ccproxy.load(path, counter=counter()) for path in sorted((ROOT / "policies").glob("*.ccp"))]


@cache
def models() -> Models:
    """Two labels, as tests of prices have them."""
    with TemporaryDirectory() as name:
        config = Path(name) / "config.yaml"
        config.write_bytes(CONFIGS[0])
        return Models.read(config, environment={})


@cache
def with_models() -> ccproxy.Policy:
    """A policy that asks what is behind labels."""
    return ccproxy.loads(EVERY_FUNCTION, counter=counter(), models=models())


# ── Requests ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def request(data: bytes) -> None:
    """Any JSON as a body is decided and explained, by every starter, and all of its facts can be told."""
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        return
    some = chosen(data)
    decided(Request(body, path="/v1/messages"), some)
    decided(Request(body), some)


def envelope(data: bytes) -> None:
    """A request file is a request, or an EnvelopeError names the file."""
    try:
        found = Request.from_envelope(read_json(data.decode("utf-8", "surrogateescape"), "request.json"))
    except EnvelopeError as error:
        worded(str(error))
        return
    decided(found, chosen(data))


def chosen(data: bytes) -> list[ccproxy.Policy]:
    """The policies that an input is decided by: one that asks all there is to ask, and one by its bytes, so that more inputs are tried."""
    return [with_models(), starters()[crc32(data) % len(starters())]]


def decided(one: Request, policies: Sequence[ccproxy.Policy]) -> None:
    """It is decided, and the explanation says the same."""
    for starter in policies:
        facts = starter.observe(one)
        decision = starter.decide_facts(facts)
        assert decision.action in ("route", "keep", "reject")
        assert starter.explain(one).to_dict()["label"] == decision.label
        starter.decide_known(one, ["tokens", "header"])
    for fact in FACTS:
        facts.read(fact.name)
        facts.source_of(fact.name)


def _bodies() -> list[bytes]:
    return [json.dumps(short(found.get("body", found))).encode() for found in _captures()]


def _envelopes() -> list[bytes]:
    own = {"body": {"model": "m"}, "headers": {"X-A": "b"}, "path": "/v1/messages?beta=true", "at": "2026-11-22T23:10+01:00"}
    key = {"alias": "a", "team": "t", "user": "u", "org": "o", "tags": ["x"], "spend": 1.5, "budget": 10}
    facts = {"tokens": "60k", "weekday": "mon", "time": "22:00", "tools": ["Bash"], 'fits("a")': True, "effort": None}
    return [json.dumps({**own, "key": key, "facts": facts}).encode(), *(json.dumps(short(found)).encode() for found in _captures())]


def _captures() -> Iterator[dict[str, Any]]:
    for folder in ("captures", "client_captures"):
        for path in sorted((ROOT / "tests" / folder).glob("*.json")):
            yield json.loads(path.read_text("utf-8"))


def short(value: Any, length: int = 40) -> Any:
    """A value of JSON with texts and lists cut, so that many are tried in a second."""
    match value:
        case str():
            return value[:length]
        case list():
            return [short(item, length) for item in value[:4]]
        case dict():
            return {name: short(item, length) for name, item in value.items()}
        case _:
            return value


# ── YAML ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def case_file(data: bytes) -> None:
    """A case file is read and its cases run, or problems have places in it."""
    found = read_case_file(data, "a.cases.yaml", None)
    told(found.problems)
    result = run_file(found, lambda _: with_models(), Path("policy.ccp"))
    told(result.problems)
    for one in result.results:
        assert one.passed in (True, False)
        one.explanation.to_dict()


def _case_files() -> list[bytes]:
    found = [*(ROOT / "policies").glob("*.cases.yaml"), *(ROOT / "tests" / "conformance").rglob("*.cases.yaml")]
    return [path.read_bytes()[:2_000] for path in sorted(found)]


def settings(data: bytes) -> None:
    """A text is settings, or the problems have places in it."""
    try:
        parse_settings(Source(data.decode("utf-8", "replace"), "ccproxy.yaml"))
    except SettingsError as error:
        told(error.problems)
        worded(str(error))


SETTINGS = (
    b"""\
policy: policy.ccp
host: 127.0.0.1
port: 4000
workers: 2
debug: false
on_failure: default
on_predicate_failure: no_match
litellm_fallbacks: ignore
other_calls: {batches: pass, files: refuse}
calibrate: true
fit: {think: false}
litellm: {config: config.yaml, detailed_debug: true, num_requests: 3}
tokens: {encoding: o200k_base, scale: {"claude-*": 1.15, "*": 1}, cache_megabytes: 16}
records: {enabled: true, folder: records, max_megabytes: 64, max_days: 30, key: [alias, team]}
memory: {kind: auto, entries: 100000, hours: 24}
shadow: {policy: new.ccp, predicates: true}
""",
    b"fit: false\nrecords: false\nother_calls: pass\nshadow: new.ccp\nlitellm: [--debug, --port, '1']\n",
)


def config(data: bytes) -> None:
    """What is in LiteLLM's config is told with its places; what stands behind its labels, and what it costs, can be asked."""
    with TemporaryDirectory() as name:
        path = Path(name) / "config.yaml"
        path.write_bytes(data)
        names, diagnostics = read_model_list(path, {})
        reported(diagnostics)
        behind = Models(read_litellm_config(path, {}), models().map)
    checked = with_models().checked
    if names is not None:
        reported(list(check_labels(checked, names)))
    for label in (*behind.labels[:5], "a", "gpt-4o"):
        for model in behind.of(label):
            for capability in CAPABILITIES:
                model.takes(capability)
            model.prices.dollars(Paid(new=10, written=3, written_1h=3, read=5, output=7, reasoning=2, searches=1), tier="flex", fast=True)
            assert model.window is None or isinstance(model.window, int)
            assert model.retires is None or model.retires.year
    if (known := behind.hash_of(("a", "b"))) in _decided_with:
        return
    _decided_with.add(known)
    loaded = build([], checked, [], counter(), None, models=behind)
    body = {"model": "m", "max_tokens": 10, "tools": [{"name": "t"}], "messages": [{"role": "user", "content": "hi"}]}
    assert loaded.explain(body).to_dict()["label"] == loaded.decide(body).label


_decided_with: set[str | None] = set()
"""Hashes of what stood behind labels where it was decided by it before."""

CONFIGS = (
    b"""\
model_list:
- {model_name: a, litellm_params: {model: anthropic/claude-sonnet-5, api_key: os.environ/KEY}, model_info: {max_input_tokens: 1000}}
- {model_name: b, litellm_params: {model: openai/gpt-4o, input_cost_per_token: 0.000002, output_cost_per_token: 1e-5}}
- {model_name: b, litellm_params: {model: hosted_vllm/qwen, api_base: http://127.0.0.1:1}, model_info: {base_model: gpt-4o, mode: chat}}
- {model_name: "gpt-*", litellm_params: {model: "openai/*"}}
- {model_name: "*", litellm_params: {model: "*"}}
router_settings:
  model_group_alias: {c: a, d: {model: b, hidden: true}}
  routing_groups: [{group_name: e, models: [a, b]}]
  fallbacks: [{a: [b]}]
litellm_settings: {callbacks: [ccproxy.gateway.hook.handler], default_fallbacks: [b], context_window_fallbacks: [{a: [b]}]}
general_settings: {master_key: os.environ/MASTER, store_model_in_db: true, pass_through_endpoints: [{path: /x, target: http://h}]}
include: [other.yaml]
""",
    b"""\
base: &base {api_key: "${KEY}", api_base: https://h.example}
model_list:
- model_name: a
  litellm_params: {<<: *base, model: anthropic/m, tiered_pricing: [{range: [0, 9], input_cost_per_token: 1e-6}]}
  model_info: {supports_vision: true, deprecation_date: "2026-12-01", metadata: {successor: b}, supported_modalities: [text, image]}
- model_name: b
  litellm_params: {model: xai/grok, custom_llm_provider: xai}
  model_info: {cache_read_input_token_cost: 1e-7, input_cost_per_token_above_200k_tokens: 3e-6, off_peak_pricing: {start: "1:00"}}
""",
)


# ── Recorded traffic ─────────────────────────────────────────────────────────────────────────────────────────────────


def recorded(suffix: str, data: bytes) -> None:
    """A file of recorded traffic is replayed as far as it can be read, and the rest is counted."""
    with TemporaryDirectory() as name:
        path = Path(name) / f"recorded{suffix}"
        path.write_bytes(data)
        sources = Sources([path], Skipped())
        bill = Bill(models())
        replay = Replay(bill, [PolicyTotal(one, bill) for one in (starters()[0], with_models())], sources.skipped)
        for one in sources.requests():
            short_name, _, line = one.place.partition(":")
            assert short_name == path.name
            assert 1 <= int(line or 1) <= data.count(b"\n") + data.count(b"\r") + 1
            replay.add(one)
    json.dumps(replay_json(replay)).encode()
    "\n".join(replay_lines(replay)).encode()


def _recorded(*kinds: Kind) -> list[bytes]:
    found = [content for kind, content in FILES.values() if kind in kinds]
    return [lines for content in found for lines in _shortened(content)]


def _shortened(content: bytes) -> Iterator[bytes]:
    """A file in pieces of a few lines, with its texts cut."""
    try:
        lines = [json.dumps(short(json.loads(line))).encode() for line in content.splitlines()]
    except ValueError:
        yield content
        return
    for start in range(0, len(lines), 12):
        yield b"\n".join(lines[start : start + 12])


# ── The editor ───────────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def converter() -> Converter:
    """One converter for all servers."""
    made: Converter = default_converter()  # type: ignore[no-untyped-call]
    return made


class FuzzedServer(PolicyServer):
    """Keeps the errors that pass through the program itself; those of pygls, before it asks the program, are pygls's."""

    pause = long_pause = 0

    def __init__(self) -> None:
        with patch.object(BaseLanguageServer.__init__, "__defaults__", (LanguageServerProtocol, converter, None)):
            super().__init__(read_model_list, counter)  # making a converter takes longer than most sessions
        self.own_errors: list[BaseException] = []

    def report_server_error(self, error: Exception, source: Any) -> None:
        found = sys.exception()
        cause = error if found is None else found
        if not isinstance(cause, JsonRpcInvalidParams) and any(
            frame.f_code.co_filename.startswith(PACKAGE) for frame in _frames(cause.__traceback__)
        ):
            self.own_errors.append(cause)


def _frames(traceback: TracebackType | None) -> Iterator[FrameType]:
    while traceback is not None:
        yield traceback.tb_frame
        traceback = traceback.tb_next


class Logged(logging.Handler):
    """Keeps the errors that the server only logs: those of a check that failed."""

    def __init__(self, errors: list[BaseException]) -> None:
        super().__init__(logging.ERROR)
        self._errors = errors

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1]:
            self._errors.append(record.exc_info[1])


class Sink:
    """Takes what the server says."""

    def write(self, data: bytes) -> None:
        json.loads(data.partition(b"\r\n\r\n")[2])

    def close(self) -> None:
        """Nothing is held."""


def lsp(data: bytes) -> None:
    """A session of any messages is answered; what an answer says is JSON."""
    try:
        messages = json.loads(data)
    except (ValueError, RecursionError):
        return
    if isinstance(messages, list):
        asyncio.run(_session(messages))


async def _session(messages: list[Any]) -> None:
    logging.getLogger("pygls").setLevel(logging.CRITICAL + 1)  # it tells every message that is none
    server = FuzzedServer()
    server.protocol.set_writer(Sink())
    logged = Logged(server.own_errors)
    logging.getLogger("ccproxy.lsp").addHandler(logged)
    for number, message in enumerate([_INITIALIZE, *messages]):
        if not isinstance(message, dict) or message.get("method") in (types.EXIT, types.SHUTDOWN):
            continue
        whole = {"jsonrpc": "2.0", **message}
        if not str(message.get("method")).startswith(("textDocument/did", "workspace/did")):
            whole["id"] = number
        try:
            server.protocol.handle_message(server.protocol.structure_message(whole))
        except (JsonRpcException, AttributeError):  # what is no message at all
            continue
        for _ in range(3):  # a check begins
            await asyncio.sleep(0)
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others)
    server.shutdown()
    logging.getLogger("ccproxy.lsp").removeHandler(logged)
    if server.own_errors:
        raise server.own_errors[0]


_INITIALIZE = {"method": types.INITIALIZE, "params": {"capabilities": {"workspace": {"codeLens": {"refreshSupport": True}}}}}


def _sessions() -> list[bytes]:
    uri = "untitled:a.ccp"
    document = {"uri": uri, "version": 1}
    found = []
    for text in _policies()[::7]:
        lines = text.decode("utf-8", "replace").split("\n")
        at = {"textDocument": document, "position": {"line": len(lines) // 2, "character": 7}}
        whole = {"start": {"line": 0, "character": 0}, "end": {"line": len(lines), "character": 0}}
        asked = [
            ("didOpen", {"textDocument": {**document, "languageId": "ccp", "text": "\n".join(lines)}}),
            *((name, at) for name in ("completion", "hover", "definition", "documentHighlight", "prepareRename")),
            ("references", {**at, "context": {"includeDeclaration": True}}),
            ("rename", {**at, "newName": "b"}),
            *((name, {"textDocument": document}) for name in ("documentSymbol", "codeLens")),
            ("formatting", {"textDocument": document, "options": {"tabSize": 4, "insertSpaces": True}}),
            ("codeAction", {"textDocument": document, "range": whole, "context": {"diagnostics": []}}),
            ("didChange", {"textDocument": document, "contentChanges": [{"text": "when tokens > 5 -> a\ndefault -> b\n"}]}),
            ("didSave", {"textDocument": document}),
            ("hover", at),
            ("didClose", {"textDocument": document}),
        ]
        found.append(json.dumps([{"method": f"textDocument/{name}", "params": parameters} for name, parameters in asked]).encode())
    return found


TARGETS = (
    Target("policy", policy, _policies, mutate_text),
    Target("analysis", analysis, _policies, mutate_text),
    Target("request", request, _bodies, mutate_json),
    Target("envelope", envelope, _envelopes, mutate_json),
    Target("cases", case_file, _case_files, mutate_text),
    Target("settings", settings, lambda: list(SETTINGS), mutate_text),
    Target("config", config, lambda: list(CONFIGS), mutate_text),
    Target("lsp", lsp, _sessions, mutate_json),
    Target("transcripts", partial(recorded, ".jsonl"), partial(_recorded, "transcript"), mutate_lines),
    Target("rollouts", partial(recorded, ".jsonl"), partial(_recorded, "rollout"), mutate_lines),
    Target("records", partial(recorded, ".jsonl"), partial(_recorded, "decisions", "spend", "requests"), mutate_lines),
    Target("spend", partial(recorded, ".csv"), lambda: [FILES["spend.csv"][1]], mutate_text),
)
