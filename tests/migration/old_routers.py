"""Small models of what old routers did with a request, and random requests for them.

The semantics are those of the last releases with them: of an earlier ccproxy's four rule classes, of claude-code-router 2 (without what it
remembered of a session, its image agent and its tag for subagents), and of LiteLLM's filter for tags.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tiktoken.model import encoding_name_for_model

from ccproxy.facts.counting.tokenizer import load

Body = dict[str, Any]

ENCODE = {name: load(name) for name in ("cl100k_base", "o200k_base")}
SPECIAL = {"cl100k_base": ("<|endoftext|>", "<|fim_middle|>", "<|endofprompt|>"), "o200k_base": ("<|endoftext|>", "<|endofprompt|>")}
WORDS = ("the", "route", "of ", "\n\n", "café", "def f(x):", "12345", "…", "日本語", "🙂", " ", "<b>", "<|endoftext|>", "<|fim_middle|>")
MODELS = (
    *("claude-sonnet-4-5", "claude-3-5-haiku-20241022", "anthropic/claude-3-5-haiku-20241022", "Claude-Haiku", "claude-haiku-4-5", "haiku"),
    *("gpt-4o", "gpt-4", "my-gpt-4-x", "gemini-2.5-pro", ""),
)
TOOLS = ("WebSearch", "web_search", "mcp__x__websearch", "Bash", "Read", "Web_Fetch", "a.b", "aXb")


# ── An earlier ccproxy ───────────────────────────────────────────────────────────────────────────────────────────────────


def token_count(body: Body, threshold: int) -> bool:
    """`TokenCountRule`."""
    whole = ""
    for message in body.get("messages", []):
        content = message.get("content", "")
        if isinstance(content, str):
            whole += content + " "
        elif isinstance(content, list):
            for block in content:
                if block.get("type") == "text":
                    whole += block.get("text", "") + " "
    whole = whole.strip()
    model = body.get("model", "")
    try:
        encoding = encoding_name_for_model(model) if "gpt-4" in model or "gpt-3.5" in model else "cl100k_base"
    except KeyError:
        counted = len(whole) // 3
    else:
        refused = any(special in whole for special in SPECIAL[encoding])
        counted = len(whole) // 3 if refused else len(ENCODE[encoding](whole))
    return max(counted, *(body.get(key) or 0 for key in ("token_count", "num_tokens", "input_tokens"))) > threshold


def match_model(body: Body, name: str) -> bool:
    """`MatchModelRule`."""
    model = body.get("model", "")
    return isinstance(model, str) and name in model


def thinking(body: Body) -> bool:
    """`ThinkingRule`."""
    return "thinking" in body


def match_tool(body: Body, name: str) -> bool:
    """`MatchToolRule`."""
    tools = body.get("tools", [])
    for tool in tools if isinstance(tools, list) else ():
        if isinstance(tool, dict):
            function = tool.get("function", {})
            for held in (tool.get("name", ""), function.get("name", "") if isinstance(function, dict) else ""):
                if isinstance(held, str) and name.lower() in held.lower():
                    return True
    return False


# ── claude-code-router ───────────────────────────────────────────────────────────────────────────────────────────────────


def router_tokens(body: Body) -> int:
    """How it counted, text by text."""
    texts: list[str] = []
    for message in body.get("messages", []):
        content = message.get("content")
        if isinstance(content, str):
            texts.append(content)
        elif isinstance(content, list):
            for block in content:
                if block["type"] == "text":
                    texts.append(block["text"])
                elif block["type"] == "tool_use":
                    texts.append(as_json(block["input"]))
                elif block["type"] == "tool_result":
                    texts.append(block["content"] if isinstance(block["content"], str) else as_json(block["content"]))
    system = body.get("system", [])
    texts += [system] if isinstance(system, str) else [block["text"] for block in system if block["type"] == "text"]
    for tool in body.get("tools") or []:
        texts += [tool["name"] + tool["description"]] if tool.get("description") else []
        texts += [as_json(tool["input_schema"])] if tool.get("input_schema") else []
    return sum(len(ENCODE["cl100k_base"](text)) for text in texts)


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def code_router(body: Body, config: Mapping[str, Any]) -> str | None:
    """The provider and model that a request went to; None where there was no such one."""
    router, model = config["Router"], body["model"]
    messages = body.get("messages") or []
    last = messages[-1] if messages else {}
    content = last.get("content")
    if router.get("image") and last.get("role") == "user" and isinstance(content, list) and any(map(has_image, content)):
        model = router["image"]
    if "," in model:
        provider, _, name = model.partition(",")
        for one in config["Providers"]:
            for known in one["models"]:
                if model == f"{one['name']},{known}" or (one["name"].lower(), known.lower()) == (provider, name):
                    return f"{one['name']},{known}"
        return None
    if router_tokens(body) > (router.get("longContextThreshold") or 60000) and router.get("longContext"):
        return str(router["longContext"])
    if "claude" in model and "haiku" in model and router.get("background"):
        return str(router["background"])
    tools = body.get("tools")
    if isinstance(tools, list) and any((tool.get("type") or "").startswith("web_search") for tool in tools) and router.get("webSearch"):
        return str(router["webSearch"])
    if body.get("thinking") and router.get("think"):
        return str(router["think"])
    return str(router["default"])


def has_image(block: Body) -> bool:
    inner = block.get("content")
    return block["type"] == "image" or (isinstance(inner, list) and any(one["type"] == "image" for one in inner))


# ── LiteLLM's tags ───────────────────────────────────────────────────────────────────────────────────────────────────────


def tagged(model: str, tags: Sequence[str], deployments: Sequence[Mapping[str, Any]], match_any: bool) -> list[str] | None:
    """The models behind the deployments that a request may go to; None where it is refused."""
    group = [one for one in deployments if one["model_name"] == model]

    def of(one: Mapping[str, Any]) -> list[str]:
        return list(one["litellm_params"].get("tags") or [])

    def fits(one: Mapping[str, Any]) -> bool:
        own = set(of(one))
        return bool(own & set(tags)) if match_any else bool(own) and set(tags) <= own

    default = [one for one in group if "default" in of(one)]
    if not tags:
        chosen = default or group
    elif not (chosen := [one for one in group if fits(one)]) and not any(set(of(one)) & set(tags) for one in group):
        chosen = default
    return [str(one["litellm_params"]["model"]) for one in chosen] or None


# ── Requests ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def words(random: random.Random, most: int = 60) -> str:
    weights = [5] * (len(WORDS) - 2) + [0.02, 0.02]
    return " ".join(random.choices(WORDS, weights, k=random.randrange(most)))


def request(random: random.Random, *, special: bool = True) -> Body:
    """A body of Messages or of Chat, now and then without most of it."""
    text: Callable[[], str] = lambda: words(random) if special else words(random).replace("<|", "<")  # noqa: E731
    image = {"type": "image", "source": {"type": "url", "url": "https://example.invalid/a.png"}}

    def block(role: str) -> Body:
        match random.randrange(6):
            case 0:
                return image
            case 1 if role == "assistant":
                return {"type": "tool_use", "id": "t", "name": "Bash", "input": {"command": text(), "n": random.randrange(9)}}
            case 2:
                held: Any = random.choice([text(), [{"type": "text", "text": text()}], [{"type": "text", "text": text()}, image]])
                return {"type": "tool_result", "tool_use_id": "t", "content": held}
        return {"type": "text", "text": text()}

    def message() -> Body:
        role = random.choice(["user", "user", "assistant"])
        return {"role": role, "content": random.choice([text(), [block(role) for _ in range(random.randrange(4))]])}

    def tool() -> Body:
        name = random.choice(TOOLS)
        match random.randrange(4):
            case 0:
                return {"type": random.choice(["web_search_20250305", "web_fetch_20250910", "bash_20250124"]), "name": name}
            case 1 if special:
                return {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
        return {"name": name, "description": random.choice(["", text()]), "input_schema": {"type": "object", "properties": {"a": {}}}}

    body: Body = {"model": random.choice(MODELS), "messages": [message() for _ in range(random.randrange(5))]}
    if random.random() < 0.4:
        body["system"] = random.choice([text(), [{"type": "text", "text": text()} for _ in range(random.randrange(3))]])
    if random.random() < 0.6:
        body["tools"] = [tool() for _ in range(random.randrange(4))]
    if random.random() < 0.4:
        body["thinking"] = random.choice([{"type": "adaptive"}, {"type": "enabled", "budget_tokens": 4000}, {"type": "disabled"}])
    if special and random.random() < 0.1:
        body[random.choice(["token_count", "num_tokens", "input_tokens"])] = random.choice([0, None, 50, 5_000])
    return body
