"""Predicates that count tokens as earlier routers did, for policies that do what those really did (`ccproxy import --faithful`).

Both stop as soon as they have counted more than the threshold, and count no piece of a text twice: a predicate has a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ccproxy.facts.counting.blocks import compact
from ccproxy.facts.counting.counter import TokenCounter
from ccproxy.facts.counting.tokenizer import ENCODINGS, chunks

_SPECIAL = {
    "cl100k_base": ("<|endoftext|>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|endofprompt|>"),
    "o200k_base": ("<|endoftext|>", "<|endofprompt|>"),
}
"""Texts that tiktoken refuses to encode unless told otherwise."""
_OLDEST_GUESS = 3
"""Characters that an earlier ccproxy took for a token where it had no tokenizer."""
_CACHE = 4_000_000
"""Bytes of the counts that are kept."""
_COUNTS = ("token_count", "num_tokens", "input_tokens")
"""Keys of a body that an earlier ccproxy believed."""


class _Counted:
    """Has a threshold of tokens. `counters` count by encoding, and keep what they counted: a conversation grows at its end."""

    def __init__(self, threshold: int) -> None:
        self.threshold = threshold
        self.counters = {name: TokenCounter(name, cache_bytes=_CACHE) for name in ENCODINGS}

    def above(self, texts: Iterable[str], encoding: str = "cl100k_base") -> bool:
        """Whether the texts together have more tokens than the threshold."""
        counter = self.counters[encoding]
        total = 0
        for text in texts:
            for chunk in chunks(text):
                total += counter.count(chunk)
                if total > self.threshold:
                    return True
        return False


class MessageText(_Counted):
    """Whether the texts of the messages have more tokens than a threshold: `TokenCountRule` of earlier ccproxys.

    No system prompt, tools, tool uses, results of tools, thinking or images; a count that the client names itself is believed.
    """

    def evaluate(self, request: Mapping[str, Any], config: object) -> bool:
        """Decide of a body."""
        named = (value for name in _COUNTS if isinstance(value := request.get(name), int | float))
        if max(named, default=0) > self.threshold:
            return True
        whole = "".join(f"{text} " for text in _message_texts(request.get("messages"))).strip()
        encoding = _encoding_of(request.get("model", ""))
        if encoding is None or any(special in whole for special in _SPECIAL[encoding]):
            return len(whole) // _OLDEST_GUESS > self.threshold
        return self.above([whole], encoding)


class CodeRouterText(_Counted):
    """Whether messages, system prompt and tools have more tokens than a threshold, as claude-code-router counted.

    Of messages text, the input of tool uses and the results of tools; of tools name, description and schema.
    """

    def evaluate(self, request: Mapping[str, Any], config: object) -> bool:
        """Decide of a body."""
        return self.above(_router_texts(request))


def _message_texts(messages: object) -> Iterator[str]:
    for message in messages if isinstance(messages, list) else ():
        content = message.get("content", "") if isinstance(message, dict) else str(message)
        if isinstance(content, str):
            yield content
        else:
            yield from (str(block.get("text", "")) for block in _blocks(content) if block.get("type") == "text")


def _encoding_of(model: object) -> str | None:
    """The encoding that tiktoken has for a model that is named like OpenAI's, cl100k_base for others; None if it has none."""
    if not isinstance(model, str):
        return None
    if "gpt-4" not in model and "gpt-3.5" not in model:
        return "cl100k_base"
    from tiktoken.model import encoding_name_for_model

    try:
        name = encoding_name_for_model(model)
    except KeyError:
        return None
    return name if name in ENCODINGS else None


def _router_texts(request: Mapping[str, Any]) -> Iterator[str]:
    for message in _blocks(request.get("messages")):
        content = message.get("content")
        if isinstance(content, str):
            yield content
        for block in _blocks(content):
            match block.get("type"):
                case "text":
                    yield str(block.get("text", ""))
                case "tool_use":
                    yield compact(block.get("input"))
                case "tool_result":
                    result = block.get("content")
                    yield result if isinstance(result, str) else compact(result)
    system = request.get("system")
    if isinstance(system, str):
        yield system
    yield from (block["text"] for block in _blocks(system) if block.get("type") == "text" and isinstance(block.get("text"), str))
    for tool in _blocks(request.get("tools")):
        if tool.get("description"):
            yield f"{tool.get('name')}{tool['description']}"
        if tool.get("input_schema"):
            yield compact(tool["input_schema"])


def _blocks(value: object) -> list[dict[str, Any]]:
    """The objects of a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
