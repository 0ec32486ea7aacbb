"""Fits a request to the model that it goes to: changes what that model would surely refuse, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from ccproxy.facts.shapes.generate_content import GENERATE_CONTENT
from ccproxy.facts.shapes.shape import Places, Shape
from ccproxy.facts.values import Json, number
from ccproxy.frozen import frozen
from ccproxy.models.label_models import Model
from ccproxy.models.requirements import vendor_of

EFFORTS: Final = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""How hard a model is to think, ascending."""
_LEAST_BUDGET: Final = 1024
"""The least tokens that Anthropic takes as a budget for thinking."""
_LONG_WINDOW: Final = "[1m]"
"""What clients append to a model's name for its long window; the beta header says the same to the provider."""
_THINKING: Final = ("thinking", "redacted_thinking")
_FOREIGN_SIGNATURES: Final = ("litellm_encrypted_reasoning:", "gAAAA")
"""How signatures begin that Anthropic did not make: LiteLLM's for OpenAI's reasoning, and OpenAI's own."""

_UNFORCED: Final = ("auto", "none", "validated")
_CALLING: Final = ("functionCallingConfig", "function_calling_config")
_ALLOWED: Final = ("allowedFunctionNames", "allowed_function_names")
_SNAKE: Final = re.compile(r"([A-Z])")

Body = Mapping[str, Json]


@frozen
class Fitted:
    """The body as the model takes it, and what was changed: `max_tokens: 128000 -> 64000`. No text of a prompt stands in a change.

    Without changes the body is the very object that was given.
    """

    body: Body
    changes: tuple[str, ...] = ()


def fit(
    body: Body, shape: Shape, model: Model, *, kept: bool = False, think: bool = True, origins: Sequence[tuple[int, str]] = ()
) -> Fitted:
    """Fit a body of this shape to a model. Nothing that is given is changed; of what is unknown nothing is done.

    `kept`: the client chose the model, so only its name and the caps are looked at; without `think` nothing of thinking is. `origins` are
    pairs of a number of messages and the vendor that answered next: who made the thinking from there on.
    """
    fitted = Fitted(body)
    fitted = _without_suffix(fitted)
    fitted = _capped(fitted, shape, model, think=think)
    if not kept:
        fitted = _without_force(fitted, shape, model)
    if think and not kept:
        fitted = _with_known_effort(fitted, shape, model)
        fitted = _with_own_thinking(fitted, model, origins)
    return fitted


def _without_suffix(fitted: Fitted) -> Fitted:
    name = fitted.body.get("model")
    if not isinstance(name, str) or not name.endswith(_LONG_WINDOW):
        return fitted
    return _changed(fitted, "model", name.removesuffix(_LONG_WINDOW), f"model: {_LONG_WINDOW} taken off")


# ── Caps ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _capped(fitted: Fitted, shape: Shape, model: Model, *, think: bool) -> Fitted:
    """With an output of at most what the model may give, and a budget for thinking under that."""
    cap = model.output_cap
    if cap is None or cap <= 0:
        return fitted
    for path, value in _found(fitted.body, shape.max_tokens):
        asked = number(value)
        if asked is not None and asked > cap:
            fitted = _changed(fitted, path, cap, f"{path}: {_shown(asked)} -> {cap}")
            if think:
                fitted = _with_budget_under(fitted, shape.thinking_budget, asked, cap)
    return fitted


def _with_budget_under(fitted: Fitted, budgets: Places[Any], asked: Any, cap: int) -> Fitted:
    """The budget lowered, if it was under the cap that was asked for and is no longer; without room for the least one, taken out."""
    for path, value in _found(fitted.body, budgets):
        budget = number(value)
        if budget is None or not cap <= budget < asked:
            continue
        if cap > _LEAST_BUDGET:
            fitted = _changed(fitted, path, cap - 1, f"{path}: {_shown(budget)} -> {cap - 1}")
        else:
            holder = path.rpartition(".")[0]
            fitted = _changed(fitted, holder, None, f"{holder}: left out, a budget of {_shown(budget)} has no room")
    return fitted


# ── Tools ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _without_force(fitted: Fitted, shape: Shape, model: Model) -> Fitted:
    """With the tools left to a model that can't be made to use one, as LiteLLM leaves them under `drop_params`."""
    if model.info.get("supports_forced_tool_use") is not False or shape.tool_choice.first(fitted.body) in (None, *_UNFORCED):
        return fitted
    for path, choice in _found(fitted.body, shape.tool_choice):
        left = _left_to_the_model(choice, shape)
        if left != choice:
            fitted = _changed(fitted, path, left, f"{path}: a tool is not forced, but left to the model")
    return fitted


def _left_to_the_model(choice: Json, shape: Shape) -> Json:
    """A choice of tools that forces one, without the force; which tools are allowed stays."""
    if not isinstance(choice, Mapping):
        return "auto"
    if shape is GENERATE_CONTENT:
        return {key: _auto(value) if key in _CALLING else value for key, value in choice.items()}
    if choice.get("type") == "allowed_tools":
        inside = choice.get("allowed_tools")
        return {**choice, **({"allowed_tools": {**inside, "mode": "auto"}} if isinstance(inside, Mapping) else {"mode": "auto"})}
    if choice.get("type") not in ("any", "tool"):
        return "auto"
    return {"type": "auto", **{key: value for key, value in choice.items() if key == "disable_parallel_tool_use"}}


def _auto(calling: Json) -> Json:
    """Gemini's `functionCallingConfig` without force, and so without the functions that may be called: it takes them only with force."""
    if not isinstance(calling, Mapping) or not isinstance(mode := calling.get("mode"), str) or mode.upper() != "ANY":
        return calling
    return {**{key: value for key, value in calling.items() if key not in _ALLOWED}, "mode": "AUTO"}


# ── Effort ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _with_known_effort(fitted: Fitted, shape: Shape, model: Model) -> Fitted:
    for path, effort in _found(fitted.body, shape.request_effort):
        if not isinstance(effort, str) or effort.lower() not in EFFORTS:
            continue
        known = known_effort(effort.lower(), model)
        if known != effort.lower():
            what = f"{path}: {effort} -> {known}" if known is not None else f"{path}: {effort} left out"
            fitted = _changed(fitted, path, known if effort.islower() or known is None else known.upper(), what)
    return fitted


def known_effort(effort: str, model: Model) -> str | None:
    """The effort if nothing says that the model doesn't know it, else the next lower that it may know; None where it knows none."""
    lower = EFFORTS[: EFFORTS.index(effort) + 1]
    return next((one for one in reversed(lower) if _knows(model, one)), None)


def _knows(model: Model, effort: str) -> bool:
    levels = model.info.get("reasoning_effort_levels")
    if isinstance(levels, list):
        return effort in levels
    if model.info.get("supports_reasoning") is False:
        return effort == "none" and model.info.get("supports_none_reasoning_effort") is True
    return model.info.get(f"supports_{effort}_reasoning_effort") is not False


# ── Thinking of others ───────────────────────────────────────────────────────────────────────────────────────────────


def _with_own_thinking(fitted: Fitted, model: Model, origins: Sequence[tuple[int, str]]) -> Fitted:
    """Without thinking in the history that another vendor made, for a model that checks who signed it."""
    messages = fitted.body.get("messages")
    own = vendor_of(model)
    if own != "anthropic" or not isinstance(messages, list):
        return fitted
    foreign: dict[int, Sequence[Mapping[str, Json]]] = {}
    for index, message in enumerate(messages):
        if isinstance(message, dict) and message.get("role") == "assistant" and isinstance(content := message.get("content"), list):
            thinking = [block for block in content if isinstance(block, dict) and block.get("type") in _THINKING]
            if thinking and (blocks := _foreign(thinking, _maker(index, origins) not in (None, own))):
                foreign[index] = blocks
    if foreign:
        fitted = _without_blocks(fitted, messages, foreign)
    asked = fitted.body.get("thinking")
    if isinstance(asked, Mapping) and asked.get("type") == "enabled" and _is_begun_without(fitted.body["messages"]):
        fitted = _changed(fitted, "thinking", None, "thinking: left out, the answer that waits for results of tools began without any")
    return fitted


def _without_blocks(fitted: Fitted, messages: Sequence[Json], foreign: Mapping[int, Sequence[Mapping[str, Json]]]) -> Fitted:
    """Without these blocks of the messages at some indices."""
    left: list[Json] = []
    for index, message in enumerate(messages):
        if index not in foreign:
            left.append(message)
            continue
        content = [block for block in message["content"] if not any(block is other for other in foreign[index])]
        if content:  # an answer that was nothing but thinking goes whole: an empty one is refused
            left.append({**message, "content": content})
    dropped = sum(map(len, foreign.values()))
    told = "1 block" if dropped == 1 else f"{dropped} blocks"
    return _changed(fitted, "messages", left, f"messages: {told} of another provider's thinking left out")


def _is_begun_without(messages: Sequence[Json]) -> bool:
    """Whether results of tools come last, and the answer that they belong to, of however many messages, didn't begin with thinking.

    With a budget its provider demands that: Bedrock and Vertex AI refuse the request.
    """
    if not messages or "tool_result" not in _kinds(messages[-1]):
        return False
    begun: list[Json] | None = None
    for message in reversed(messages):
        kinds, role = _kinds(message), message.get("role") if isinstance(message, dict) else None
        if role == "user" and "tool_result" not in kinds:
            break
        if role == "assistant":
            begun = kinds
    return begun is not None and (not begun or begun[0] not in _THINKING)


def _kinds(message: Json) -> list[Json]:
    """The types of a message's blocks."""
    content = message.get("content") if isinstance(message, dict) else None
    return [block.get("type") for block in content if isinstance(block, dict)] if isinstance(content, list) else []


def _maker(index: int, origins: Sequence[tuple[int, str]]) -> str | None:
    """Who made the message at an index; None where nobody noted it."""
    return next((vendor for count, vendor in origins if count == index), None)


def _foreign(thinking: Sequence[Mapping[str, Json]], all_of_it: bool) -> Sequence[Mapping[str, Json]]:
    return thinking if all_of_it else [block for block in thinking if _is_foreign(block)]


def _is_foreign(block: Mapping[str, Json]) -> bool:
    """Whether it has no signature at all, or one that is another vendor's."""
    signed = block.get("signature" if block.get("type") == "thinking" else "data")
    return not isinstance(signed, str) or not signed or signed.startswith(_FOREIGN_SIGNATURES)


# ── Places ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _found(body: Body, places: Places[Any]) -> Iterator[tuple[str, Json]]:
    """The values at some places, each with its path as the body spells it; LiteLLM hands on names in snake case too."""
    found: dict[str, Json] = {}
    for place in places.places:
        value: Json = body
        spelled: list[str] = []
        for name, snake in _spellings(f"{place.path}{place.within}"):
            if not isinstance(value, Mapping):
                break
            spelled.append(name if name in value else snake)
            value = value.get(spelled[-1])
            if value is None:
                break
        else:
            found.setdefault(".".join(spelled), value)
    yield from found.items()


@lru_cache(maxsize=256)
def _spellings(path: str) -> tuple[tuple[str, str], ...]:
    """The names on a path, each in snake case too."""
    return tuple([(name, _SNAKE.sub(r"_\1", name).lower()) for name in path.split(".")])


def _changed(fitted: Fitted, path: str, value: Json, what: str) -> Fitted:
    """With another value at a path, or without it where that is None; what is not on the path is shared."""
    return Fitted(_put(fitted.body, path.split("."), value), (*fitted.changes, what))


def _put(body: Body, names: Sequence[str], value: Json) -> dict[str, Json]:
    name, *inner = names
    if inner:
        inside = body.get(name)
        value = _put(inside if isinstance(inside, Mapping) else {}, inner, value)
    if value is None:
        return {key: other for key, other in body.items() if key != name}
    return {key: value if key == name else other for key, other in body.items()}


def _shown(value: Any) -> str:
    return str(value if isinstance(value, int) else float(value))
