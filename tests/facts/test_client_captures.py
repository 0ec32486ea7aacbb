"""The facts of real requests of clients other than Claude Code's command line, and of requests in public reports.

`client_captures.json` was reviewed by hand against what each client was doing. To write it again after a change of a fact's meaning, run
`python -m tests.facts.test_client_captures`, and review the difference.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccproxy.facts import FACTS, Facts, Request, TokenCounter, observe, observe_request
from tests.language.profile import examples

TESTS = Path(__file__).parents[1]
EXPECTED = Path(__file__).with_name("client_captures.json")
COUNTER = TokenCounter()
CAPTURES = sorted(TESTS.glob("client_captures/*.json"))


def seen(path: Path) -> Facts:
    return observe_request(Request.from_file(path), counter=COUNTER)


def facts_of(path: Path) -> dict[str, Any]:
    """The facts that a captured request has, as JSON, and where each came from."""
    facts = seen(path)
    found: dict[str, Any] = {}
    for fact in FACTS:
        value = facts.read(fact.name)
        if isinstance(value, str) and len(value) > 60:
            value = f"{value[:60]}… ({len(value)} characters)"
        if value is not None:
            found[fact.name] = [list(value) if isinstance(value, tuple) else value, facts.source_of(fact.name)]
    return found


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_every_fact_of_a_client(path: Path) -> None:
    assert facts_of(path) == json.loads(EXPECTED.read_text("utf-8"))[path.stem]


def test_every_capture_is_expected() -> None:
    assert len(CAPTURES) == 28
    assert sorted(json.loads(EXPECTED.read_text("utf-8"))) == [path.stem for path in CAPTURES]


# by hand, from what the client was told to do: class, type, session (its end), turns, messages, start of the prompt
BY_HAND = {
    "codex-1-first-turn": ("main", None, "1", 1, 4, "MAINMARK say hi"),
    "codex-2-turn-with-tool-calls": ("main", None, "9", 1, 4, "MAINMARK do the steps"),
    "codex-3-subagent": ("subagent", "collab_spawn", "9", 1, 4, "SUBMARK list the files"),
    "codex-4-compaction-local": ("compaction", None, "26", 2, 5, "filler text"),
    "codex-8-default-model-additional-tools": ("main", None, "54", 1, 6, "MAINMARK do the steps"),
    "codex-10-default-model-subagent": ("subagent", "collab_spawn", "54", 1, 6, "Message Type: NEW_TASK"),
    "opencode-2-main": ("main", None, "92", 1, 1, '"MAINMARK do the steps"'),
    "opencode-4-subagent": ("subagent", None, "92", 1, 1, "SUBMARK list the files"),
    "opencode-5-compaction": ("auxiliary", None, "94", 1, 1, "filler text"),
    "gemini-cli-1-model-router": (None, None, None, 1, 2, "MAINMARK say hi"),
    "gemini-cli-2-main": (None, None, None, 1, 1, "MAINMARK say hi"),
    "gemini-cli-3-after-tool": (None, None, None, 1, 3, "MAINMARK do the steps"),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_a_client_is_understood(name: str) -> None:
    facts = seen(TESTS / "client_captures" / f"{name}.json")
    kind, agent, session, turns, messages, start = BY_HAND[name]
    assert (facts.agent_class, facts.agent_type, facts.turns, facts.messages) == (kind, agent, turns, messages)
    assert facts.session is None if session is None else (facts.session or "").endswith(session)
    assert (facts.prompt or "").startswith(start)


def report(name: str) -> Facts:
    return seen(TESTS / "field_reports" / f"{name}.json")


@pytest.mark.parametrize("kind", ["reasoning", "reasoning-content", "reasoning-details"])
def test_reasoning_is_counted_by_whatever_name(kind: str) -> None:
    assert report(f"chat-reasoning-uncounted-{kind}").tokens == 6_604


def test_what_the_reports_ask_for() -> None:
    offered = report("codex-additional-tools")
    assert (offered.tools, offered.tokens_tools, offered.tokens, offered.messages) == (("exec", "wait"), 9_035, 9_043, 2)
    nested = report("codex-namespace-tools")
    assert "js" in (nested.tools or ())
    assert "mcp__node_repl" not in (nested.tools or ())
    assert "namespace" not in (nested.tools_types or ())
    assert set(nested.tools_called or ()) <= set(nested.tools or ())
    assert nested.turns == 1
    assert (report("plan-mode-reminder").mode, report("screenshot-not-an-image").images) == ("plan", 1)
    assert report("slash-command-prompt").prompt == "hello, what is in this picture?"
    assert report("split-without-session-codex").session == "0199a213-81c0-7800-8aa1-bbab2a035a53"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "x", "user", "model", "text", "image/png", "functions"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "role",
                    "type",
                    "parts",
                    "text",
                    "tools",
                    "functionCall",
                    "functionResponse",
                    "inlineData",
                    "file_data",
                    "thought",
                    "name",
                    "response",
                    "mimeType",
                    "data",
                    "thinkingConfig",
                    "thinkingLevel",
                    "functionDeclarations",
                    "googleSearch",
                    "content",
                    "author",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
KEYS = [
    "contents",
    "systemInstruction",
    "system_instruction",
    "generationConfig",
    "generation_config",
    "tools",
    "toolConfig",
    "tool_config",
    "input",
    "instructions",
    "prompt_cache_key",
    "reasoning",
    "text",
    "model",
]
PATHS = [
    "/v1beta/models/m:generateContent",
    "/v1beta/models/m:streamGenerateContent?alt=sse",
    "/v1/responses",
    "/v1/responses/compact",
    None,
]
HEADERS = st.dictionaries(
    st.sampled_from(
        ["user-agent", "x-codex-turn-metadata", "x-openai-subagent", "session-id", "thread-id", "x-parent-session-id", "x-session-id"]
    ),
    st.sampled_from(
        ["codex_exec/1", "opencode/1", "claude-cli/2", "{", '{"request_kind": 5, "compaction": []}', '{"thread_source": "subagent"}', ""]
    ),
)


@examples(100)
@given(st.dictionaries(st.sampled_from(KEYS), JSON), st.sampled_from(PATHS), HEADERS)
def test_no_body_of_gemini_or_codex_raises(body: dict[str, Any], path: str | None, headers: dict[str, str]) -> None:
    facts = observe(body, path=path, headers=headers, counter=COUNTER)
    for fact in FACTS:
        facts.read(fact.name)
        facts.source_of(fact.name)
    assert facts.tokens == facts.tokens_system + facts.tokens_tools + facts.tokens_messages


WORDS = st.lists(st.sampled_from(["hello world", "one two three", "a"]), max_size=3)


@examples(100)
@given(WORDS, WORDS, WORDS, WORDS)
def test_tokens_of_gemini_are_those_of_its_texts(told: list[str], said: list[str], thought: list[str], args: list[str]) -> None:
    """Counted independently: each text by itself, and a call as its name and its arguments as JSON."""
    call = {"functionCall": {"name": "f", "args": {"a": args}}}
    body = {
        "systemInstruction": {"parts": [{"text": part} for part in told]},
        "contents": [
            {"role": "user", "parts": [{"text": part} for part in said]},
            {"role": "model", "parts": [*[{"text": part, "thought": True} for part in thought], call]},
        ],
    }
    count = COUNTER.count
    facts = observe(body, path="/v1beta/models/m:generateContent", counter=COUNTER)
    assert facts.tokens_system == sum(map(count, told))
    assert facts.tokens_messages == sum(map(count, [*said, *thought, "f" + json.dumps({"a": args}, separators=(",", ":"))]))


@examples(100)
@given(WORDS, WORDS, WORDS, WORDS, WORDS, st.booleans())
def test_tokens_of_codex_are_those_of_its_texts(
    told: list[str], said: list[str], thought: list[str], names: list[str], answered: list[str], alone: bool
) -> None:
    """Counted independently: each text by itself, a namespace with its tools as JSON, a call as its name and arguments."""
    tools = [{"type": "function", "name": name, "description": name} for name in names]
    namespace = {"type": "namespace", "name": "n", "tools": tools}
    offered = {"type": "additional_tools", "role": "developer", "tools": [namespace]}
    call = {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": '{"a": 1}'}
    texts = [{"type": "input_text", "text": part} for part in said]
    body = {
        "instructions": "\n".join(told),
        "input": [
            *([] if alone else [offered]),
            {"type": "message", "role": "user", "content": texts},
            {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": part} for part in thought]},
            call,
            {"type": "function_call_output", "call_id": "call_1", "output": [{"type": "input_text", "text": part} for part in answered]},
        ],
    }
    count = COUNTER.count
    facts = observe(body, path="/v1/responses", headers={"user-agent": "codex_exec/0.171.0"}, counter=COUNTER)
    assert facts.tokens_system == count("\n".join(told))
    assert facts.tokens_messages == sum(map(count, [*said, *thought, 'f{"a": 1}', *answered]))
    assert facts.tokens_latest == sum(map(count, answered))
    assert facts.tools == (None if alone else tuple(names))
    assert facts.tokens_tools == (0 if alone else count(json.dumps(namespace, separators=(",", ":"))))


def document() -> str:
    """What `client_captures.json` holds: a fact a line."""
    requests = []
    for path in CAPTURES:
        lines = [f"  {json.dumps(fact)}: {json.dumps(value, ensure_ascii=False)}" for fact, value in facts_of(path).items()]
        requests.append(f"{json.dumps(path.stem)}: {{\n" + ",\n".join(lines) + "\n}")
    return "{\n" + ",\n".join(requests) + "\n}\n"


if __name__ == "__main__":
    EXPECTED.write_text(document(), "utf-8")
