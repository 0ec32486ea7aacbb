"""Facts of the messages, in the shape of each API."""

from typing import Any

import pytest

from ccproxy.facts import observe

REMINDER = "<system-reminder>\nbe brief\n</system-reminder>"
IMAGE = {"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}}
CHAT_IMAGE = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
DOCUMENT = {"type": "document", "source": {"type": "text", "data": "hi"}}


def user(*content: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(content) if not isinstance(content[0], str) else content[0]}


def text(value: str, kind: str = "text") -> dict[str, str]:
    return {"type": kind, "text": value}


def tool_use(name: Any, kind: str = "tool_use") -> dict[str, Any]:
    return {"type": kind, "id": "t", "name": name, "input": {}}


def tool_result(content: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": "t", "content": content}


def call(name: Any) -> dict[str, Any]:
    return {"type": "function_call", "call_id": "c", "name": name, "arguments": "{}"}


ASSISTANT = {"role": "assistant", "content": [text("ok"), tool_use("Bash"), tool_use("web_search", "server_tool_use")]}
OUTPUT = {"type": "function_call_output", "call_id": "c", "output": "x"}

CASES: list[tuple[str, Any, Any]] = [
    ("messages", {"messages": [user("a"), ASSISTANT]}, 2),
    ("messages", {"messages": []}, 0),
    ("messages", {"input": "hi"}, 1),
    ("messages", {"input": [user("a"), call("f"), OUTPUT, {"role": "assistant"}, "x"]}, 2),
    ("messages", {"messages": "x", "input": [user("a")]}, 1),
    ("messages", {"prompt": "hi"}, None),
    ("messages", 5, None),
    ("turns", {"messages": [user("a"), ASSISTANT, user(tool_result("b")), user(text(REMINDER)), user(text("c"), text("d"))]}, 2),
    ("turns", {"messages": [user(IMAGE), user(DOCUMENT), user(tool_result([IMAGE])), user(CHAT_IMAGE)]}, 3),
    ("turns", {"messages": [user("  "), {"role": "system", "content": "x"}, {"role": "tool", "content": "x"}]}, 0),
    ("turns", {"input": "hi"}, 1),
    ("turns", {"input": [user(text("a", "input_text")), call("f"), OUTPUT, user("b")]}, 2),
    ("turns", {}, None),
    ("turn.step", {"messages": [user("a")]}, 0),
    ("turn.step", {"messages": [user("a"), ASSISTANT, user(tool_result("b")), ASSISTANT, user(tool_result("c"))]}, 2),
    ("turn.step", {"messages": [user("a"), ASSISTANT, user(tool_result("b")), ASSISTANT, user("c")]}, 0),
    ("turn.step", {"messages": [user("a"), ASSISTANT, user(tool_result("b"), text(REMINDER))]}, 1),
    ("turn.step", {"messages": [user("a"), ASSISTANT, user(IMAGE)]}, 1),
    ("turn.step", {"messages": [user(tool_result("b"))]}, 1),
    ("turn.step", {"messages": [ASSISTANT, user(tool_result("b")), ASSISTANT]}, 2),
    ("turn.step", {"messages": []}, 1),
    ("turn.step", {"messages": [user("a"), ASSISTANT, ASSISTANT]}, 2),
    ("turn.step", {"input": "hi"}, 0),
    ("turn.step", {"input": [user(text("a", "input_text")), call("f"), call("g"), OUTPUT, OUTPUT, call("h"), OUTPUT]}, 2),
    ("turn.step", {}, None),
    ("turn.step", {"prompt": "a"}, None),
    ("tools.called", {"messages": [user("a"), ASSISTANT, user(tool_result("b"))]}, ("Bash", "web_search")),
    ("tools.called", {"messages": [ASSISTANT, {"role": "assistant", "content": [tool_use("Read"), tool_use(3)]}]}, ("Read",)),
    ("tools.called", {"messages": [ASSISTANT, {"role": "assistant", "content": "done"}]}, ()),
    ("tools.called", {"messages": [user("a")]}, None),
    ("tools.called", {"messages": [{"role": "assistant", "tool_calls": [{"function": {"name": "f"}}, {"function": 1}, 2]}]}, ("f",)),
    ("tools.called", {"messages": [{"role": "assistant", "tool_calls": [{"type": "custom", "custom": {"name": "c"}}]}]}, ("c",)),
    ("tools.called", {"messages": [{"role": "assistant", "content": None, "function_call": {"name": "old"}}]}, ("old",)),
    ("tools.called", {"input": [call("a"), OUTPUT, {"type": "reasoning"}, call("b"), call("c"), OUTPUT, OUTPUT]}, ("b", "c")),
    ("tools.called", {"input": [user("x"), call("a"), {"role": "assistant", "content": [text("t", "output_text")]}]}, ("a",)),
    ("tools.called", {"input": [user("x"), {"type": "web_search_call"}]}, ()),
    ("tools.called", {"input": "hi"}, None),
    ("prompt", {"messages": [user("a"), ASSISTANT, user(text(REMINDER), text(" b "), text(""), text("c" + REMINDER))]}, "b\nc"),
    ("prompt", {"messages": [user("first"), ASSISTANT, user(tool_result("no"))]}, "first"),
    ("prompt", {"messages": [user(tool_result([text("no")]), text("yes"))]}, "yes"),
    ("prompt", {"messages": [user(f"a{REMINDER}b{REMINDER}")]}, "ab"),
    ("prompt", {"messages": [user("a <system-reminder> never closed")]}, "a <system-reminder> never closed"),
    ("prompt", {"messages": [user("</system-reminder>a")]}, "</system-reminder>a"),
    ("prompt", {"messages": [user(REMINDER)]}, None),
    ("prompt", {"messages": [{"role": "tool", "content": "x"}, {"role": "assistant", "content": "x"}]}, None),
    ("prompt", {"input": "hi"}, "hi"),
    ("prompt", {"input": [user(text("a", "input_text")), OUTPUT]}, "a"),
    ("prompt", {"prompt": " complete me "}, "complete me"),
    ("prompt", {"prompt": ["a", " b ", 5]}, "a\nb"),
    ("prompt", {"prompt": [[1, 2]]}, None),
    ("prompt", {"input": ["a", "b"]}, "a\nb"),
    ("messages", {"input": ["a", "b"]}, 1),
    ("prompt", {"input": [{"content": "a"}]}, "a"),
    ("prompt", {"input": [{"type": "message", "role": "", "content": [text("a", "input_text")]}]}, "a"),
    ("turns", {"input": [{"content": "a"}, {"type": "reasoning", "content": [text("no")]}, {"role": "user", "content": "b"}]}, 2),
    ("system", {"system": "be good"}, "be good"),
    ("system", {"system": [text("a"), text("b"), IMAGE, "c"]}, "a\nb"),
    (
        "system",
        {"system": "a", "messages": [user("x"), {"role": "system", "content": [text("b")]}, {"role": "developer", "content": "c"}]},
        "a\nb\nc",
    ),
    ("system", {"instructions": "i", "input": [{"role": "system", "content": [text("s", "input_text")]}]}, "i\ns"),
    ("system", {"system": {}, "instructions": "i"}, "i"),
    ("system", {"system": ""}, ""),
    ("system", {"system": []}, None),
    ("system", {"messages": [user("x")]}, None),
    ("images", {"messages": [user(IMAGE), ASSISTANT, user(tool_result([text("x"), IMAGE, IMAGE]))]}, 3),
    ("images", {"messages": [user(CHAT_IMAGE, CHAT_IMAGE)]}, 2),
    ("images", {"input": [user({"type": "input_image"}), {"type": "function_call_output", "output": [{"type": "input_image"}]}]}, 2),
    ("images", {"messages": [user({"type": "document", "source": {"type": "content", "content": [IMAGE]}})]}, 1),
    ("images", {}, 0),
    ("images", [], None),
    ("documents", {"messages": [user(DOCUMENT, tool_result([DOCUMENT]))]}, 2),
    ("documents", {"messages": [user({"type": "file", "file": {}})]}, 1),
    ("documents", {"input": [user({"type": "input_file"})]}, 1),
    ("documents", {"messages": [user(tool_result({"type": "web_fetch_result", "content": DOCUMENT}))]}, 1),
    ("documents", {"messages": [user({"type": "document", "source": {"type": "file", "file_id": "f"}})]}, 1),
    ("documents", None, None),
    ("images.latest", {"messages": [user(IMAGE), ASSISTANT, user(tool_result([IMAGE, IMAGE]))]}, 2),
    ("images.latest", {"messages": [user(IMAGE)]}, 1),
    ("images.latest", {"messages": [user(IMAGE), ASSISTANT]}, 0),
    ("images.latest", {"input": [user({"type": "input_image"}), call("f"), OUTPUT]}, 0),
    ("images.latest", {}, 0),
    ("audio", {"messages": [user({"type": "input_audio"}, tool_result([{"type": "audio"}, {"type": "audio_url"}]))]}, 3),
    ("audio", {"contents": [{"parts": [{"inlineData": {"mimeType": "audio/wav", "data": ""}}]}]}, 1),
    ("audio", {"messages": [user({"type": "video_url"}, IMAGE)]}, 0),
    ("audio", [], None),
    ("video", {"input": [user({"type": "input_video"}), {"type": "function_call_output", "output": [{"type": "video"}]}]}, 2),
    ("video", {"contents": [{"parts": [{"functionResponse": {"parts": [{"file_data": {"mime_type": "video/mp4"}}]}}]}]}, 1),
    ("video", {"messages": [user({"type": "input_audio"}, DOCUMENT)]}, 0),
    ("video", None, None),
    ("images.latest", 1.5, None),
]


@pytest.mark.parametrize(("fact", "body", "value"), CASES)
def test_value(fact: str, body: Any, value: Any) -> None:
    assert observe(body, path="/other").read(fact) == value  # of no API: read by key


def test_many_unclosed_reminders_cost_no_more_than_their_length() -> None:
    words = "<system-reminder>" * 100_000
    assert observe({"messages": [user(words)]}).prompt == words
