"""What of each kind of block is counted."""

from base64 import b64encode
from typing import Any

import pytest
import tiktoken

from ccproxy.facts import TokenCounter, observe
from ccproxy.facts.counting.blocks import Pieces, compact
from ccproxy.facts.counting.media import IMAGE_TOKENS, PAGE_TOKENS

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (1500).to_bytes(4) + (1000).to_bytes(4) + bytes(5)
PNG_TOKENS = 2000
BASE64 = b64encode(PNG).decode()
DATA_URL = f"data:image/png;base64,{BASE64}"
PDF = b64encode(bytes(120_000)).decode()
CIPHER = "gAAAAABo" * 60
COUNTER = TokenCounter()


def pieces_of(content: Any) -> tuple[list[str], int]:
    pieces = Pieces()
    pieces.add(content)
    return sorted(pieces.texts), pieces.fixed


CASES: list[tuple[Any, list[str], int]] = [
    ("hi", ["hi"], 0),
    ("", [], 0),
    (None, [], 0),
    ({"type": "text", "text": "hi", "citations": [{"cited_text": "no"}]}, ["hi"], 0),
    ({"type": "text", "text": 5}, [], 0),
    ({"type": "input_text", "text": "hi"}, ["hi"], 0),
    ({"type": "thinking", "thinking": "hm", "signature": "c2lnbmF0dXJl"}, ["hm"], 0),
    ({"type": "redacted_thinking", "data": "x" * 60}, [], 10),
    (
        {"type": "tool_use", "id": "t", "name": "Bash", "input": {"command": "ls é", "n": [1, 2.5]}},
        ['Bash{"command":"ls é","n":[1,2.5]}'],
        0,
    ),
    ({"type": "server_tool_use", "name": "web_search", "input": {}}, ["web_search{}"], 0),
    ({"type": "tool_result", "tool_use_id": "t", "content": "out"}, ["out"], 0),
    ({"type": "tool_result", "content": [{"type": "text", "text": "a"}, {"type": "tool_reference", "tool_name": "B"}]}, ["B", "a"], 0),
    ({"type": "tool_result", "content": [{"type": "image", "source": {"type": "base64", "data": BASE64}}]}, [], PNG_TOKENS),
    (
        {
            "type": "web_search_tool_result",
            "content": [{"type": "web_search_result", "title": "t", "url": "u", "encrypted_content": CIPHER}],
        },
        ["t", "u"],
        80,
    ),
    ({"type": "mcp_tool_result", "content": [{"type": "text", "text": "m"}]}, ["m"], 0),
    ({"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}}, [], IMAGE_TOKENS),
    ({"type": "image", "source": {"type": "file", "file_id": "f"}}, [], IMAGE_TOKENS),
    ({"type": "image_url", "image_url": {"url": DATA_URL}}, [], PNG_TOKENS),
    ({"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}, [], IMAGE_TOKENS),
    ({"type": "input_image", "image_url": DATA_URL}, [], PNG_TOKENS),
    ({"type": "input_image", "file_id": "f"}, [], IMAGE_TOKENS),
    ({"type": "document", "title": "T", "source": {"type": "text", "data": "words"}}, ["T", "words"], 0),
    ({"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "words"}]}}, ["words"], 0),
    ({"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": PDF}}, [], 3 * PAGE_TOKENS),
    ({"type": "document", "source": {"type": "base64", "media_type": "text/plain", "data": PDF}}, [], 30_000),
    ({"type": "file", "file": {"file_data": f"data:text/csv;base64,{PDF}"}}, [], 30_000),
    ({"type": "document", "source": {"type": "url", "url": "https://example.org/a.pdf"}}, [], PAGE_TOKENS),
    ({"type": "file", "file": {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"}}, [], 3 * PAGE_TOKENS),
    ({"type": "input_file", "filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"}, [], 3 * PAGE_TOKENS),
    ({"type": "input_file", "file_id": "f"}, [], PAGE_TOKENS),
    ({"type": "input_audio", "input_audio": {"format": "mp3", "data": b64encode(bytes(16_000)).decode()}}, [], 10),
    ({"type": "audio", "source": {"type": "base64", "data": b64encode(bytes(16_000)).decode()}}, [], 10),
    ({"type": "audio", "mimeType": "audio/wav", "data": b64encode(bytes(16_000)).decode()}, [], 10),
    ({"type": "audio_url", "audio_url": {"url": "data:audio/wav;base64," + b64encode(bytes(16_000)).decode()}}, [], 10),
    ({"type": "function_call", "call_id": "c", "name": "f", "arguments": '{"a": 1}'}, ['f{"a": 1}'], 0),
    ({"type": "custom_tool_call", "name": "f", "input": "text"}, ["ftext"], 0),
    ({"type": "mcp_call", "name": "f", "arguments": "{}", "output": "out"}, ["f{}", "out"], 0),
    ({"type": "function_call_output", "call_id": "c", "output": "out"}, ["out"], 0),
    ({"type": "function_call_output", "output": [{"type": "input_image", "image_url": DATA_URL}]}, [], PNG_TOKENS),
    ({"type": "computer_call_output", "output": {"type": "computer_screenshot", "image_url": DATA_URL}}, [], PNG_TOKENS),
    ({"type": "image_generation_call", "id": "i", "status": "completed", "result": BASE64}, [], PNG_TOKENS),
    ({"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "s"}], "encrypted_content": CIPHER}, ["s"], 80),
    ({"role": "user", "content": "hi"}, ["hi"], 0),
    ({"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}, ["hi"], 0),
    (
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        },
        ["f{}"],
        0,
    ),
    ({"role": "assistant", "content": "a", "function_call": {"name": "f", "arguments": "{}"}, "refusal": "no"}, ["a", "f{}", "no"], 0),
    ({"role": "tool", "tool_call_id": "c", "content": "out"}, ["out"], 0),
    (
        {"type": "search_result", "source": "https://example.org", "title": "t", "content": [{"type": "text", "text": "x"}], "id": "no"},
        ["https://example.org", "t", "x"],
        0,
    ),
    ({"type": "container_upload", "file_id": "f", "cache_control": {"type": "ephemeral"}}, [], 0),
    ({"type": "new_kind", "blob": BASE64 * 10, "url": DATA_URL, "words": "text"}, ["text"], -1),
    ({"type": "new_kind", "words": "x" * 300 + " and more"}, ["x" * 300 + " and more"], 0),
    ([1, 2, [3, True, None]], [], 3),
]


@pytest.mark.parametrize(("content", "texts", "fixed"), CASES)
def test_block(content: Any, texts: list[str], fixed: int) -> None:
    got = pieces_of(content)
    assert got[0] == texts
    assert got[1] == fixed or (fixed < 0 and got[1] > 0)


@pytest.mark.parametrize(
    ("body", "system", "tools", "messages", "latest"),
    [
        ({}, 0, 0, 0, 0),
        (None, 0, 0, 0, 0),
        ({"system": "hello world"}, 2, 0, 0, 0),
        ({"system": [{"type": "text", "text": "hello world"}, {"type": "text", "text": "hello"}]}, 3, 0, 0, 0),
        ({"instructions": "hello world", "input": "hello"}, 2, 0, 1, 1),
        ({"tools": [{"name": "a"}, {"name": "a"}]}, 0, 10, 0, 0),
        ({"prompt": "hello world"}, 0, 0, 2, 2),
        ({"prompt": ["hello world", "hello"]}, 0, 0, 3, 3),
        ({"prompt": [[1, 2, 3], [4]]}, 0, 0, 4, 4),
        ({"input": ["hello world", "hello"]}, 0, 0, 3, 3),
        ({"input": [5, 6, 7]}, 0, 0, 3, 3),
        ({"messages": [{"role": "system", "content": "hello"}, {"role": "user", "content": "hello"}]}, 0, 0, 2, 2),
        ({"messages": [{"role": "user", "content": "hello world"}, {"role": "assistant", "content": "hello"}]}, 0, 0, 3, 0),
        (
            {
                "messages": [
                    {"role": "assistant", "content": "hello"},
                    {"role": "user", "content": "hello world"},
                    {"role": "system", "content": "hello"},
                ]
            },
            0,
            0,
            4,
            3,
        ),
        (
            {
                "input": [
                    {"role": "user", "content": "hello"},
                    {"type": "function_call", "name": "hello", "arguments": ""},
                    {"type": "x", "output": "hello"},
                ]
            },
            0,
            0,
            3,
            0,
        ),
        ({"input": [{"type": "reasoning", "summary": []}, {"type": "x_output", "output": "hello"}]}, 0, 0, 1, 1),
        ({"messages": [{"role": "user", "content": "hello"}], "prompt": "hello", "input": "hello"}, 0, 0, 3, 1),
    ],
)
def test_parts(body: Any, system: int, tools: int, messages: int, latest: int) -> None:
    facts = observe(body, path="/other" if body and "prompt" in body else None, counter=COUNTER)
    assert (facts.tokens_system, facts.tokens_tools, facts.tokens_messages, facts.tokens_latest) == (system, tools, messages, latest)
    assert facts.tokens == system + tools + messages


def test_counts_are_those_of_tiktoken(theirs: tiktoken.Encoding) -> None:
    """A request counts what its texts count, each by itself, and the fixed estimates."""
    counter = TokenCounter(theirs.name)
    body = {
        "system": [{"type": "text", "text": "You are <|endoftext|> Claude.", "cache_control": {"type": "ephemeral"}}],
        "tools": [{"name": "Bash", "description": "Runs a command é", "input_schema": {"type": "object"}, "cache_control": {}}],
        "messages": [
            {"role": "user", "content": "Fix the tests, please"},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "Which tests?", "signature": "c2ln"},
                    {"type": "text", "text": "I look."},
                    {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {"command": "ls  -l"}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "a.py\nb.py"}]},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": BASE64}},
                    {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": PDF}},
                ],
            },
        ],
    }
    texts = (
        "You are <|endoftext|> Claude.",
        '{"name":"Bash","description":"Runs a command é","input_schema":{"type":"object"}}',
        "Fix the tests, please",
        "Which tests?",
        "I look.",
        'Bash{"command":"ls  -l"}',
        "a.py\nb.py",
    )
    encode = theirs.encode_ordinary
    counted = observe(body, counter=counter)
    assert counted.tokens == sum(len(encode(text)) for text in texts) + PNG_TOKENS + 3 * PAGE_TOKENS
    assert counted.tokens_latest == len(encode("a.py\nb.py")) + PNG_TOKENS + 3 * PAGE_TOKENS


def test_base64_is_never_tokenised() -> None:
    counter = TokenCounter()
    data = b64encode(PNG + bytes(100_000)).decode()
    blocks = [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}},
        {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": data}},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}},
        {"type": "tool_result", "content": [{"type": "image", "source": {"type": "base64", "data": data}}]},
        {"type": "something_new", "payload": data},
    ]
    assert observe({"messages": [{"role": "user", "content": blocks}]}, counter=counter).tokens > 0
    assert counter.stats.tokenised_characters == 0


def test_compact_json() -> None:
    assert compact({"b": 1, "a": [True, None, "é\n"]}) == '{"b":1,"a":[true,null,"é\\n"]}'
    assert sorted(compact({"n": 10**5000, "text": ["a", {"b": "c"}]}).split()) == ["a", "b", "c", "n", "text"]
