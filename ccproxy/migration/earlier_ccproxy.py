"""Makes a policy of an earlier ccproxy's `ccproxy.yaml`: a list of rules, each a label, the path of a Python class and its parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ccproxy.closest import closest
from ccproxy.compiler.earlier_rules import EARLIER_CLASSES, EARLIER_RULES
from ccproxy.language.literals import is_within_limits, write_number
from ccproxy.migration import draft, today
from ccproxy.migration.draft import Draft, Part
from ccproxy.migration.old_rules import OldRule, literal, named_literal, read_rules, told
from ccproxy.node_reader import Reader
from ccproxy.yaml_nodes import Node, is_mapping, is_null, is_sequence

_PARAMETER = {"TokenCountRule": "threshold", "MatchModelRule": "model_name", "MatchToolRule": "tool_name"}
"""The one parameter of each class that has one."""
_EXAMPLE = {"threshold": "60000", "model_name": "claude-haiku-4-5", "tool_name": "WebSearch"}
_TEXT_TOKENS = "ccproxy.migration.text_tokens.MessageText"
_NO_NEED = ("rule_evaluator", "model_router", "forward_oauth", "forward_apikey", "extract_session_id", "capture_headers")
"""Hooks that this ccproxy does the work of by itself."""
_KNOWN = ("rules", "hooks", "default_model_passthrough", "debug", "metrics_enabled", "handler", "statusline")
"""Keys that are moved, or that this ccproxy has no use for."""
_KEYS = {
    "oat_sources": "the keys of providers stand in LiteLLM's config (api_key: os.environ/NAME); a Claude login goes on by itself",
    "credentials": "the keys of providers stand in LiteLLM's config (api_key: os.environ/NAME); a Claude login goes on by itself",
    "mitm": "this ccproxy is no intercepting proxy",
}


def draft_of(reader: Reader, root: Mapping[str, Node], faithful: bool) -> Draft:
    """The policy of a file whose keys these are; what is wrong with it is reported to the reader."""
    section = dict(reader.entries(root["ccproxy"], "ccproxy")) if not is_null(root["ccproxy"]) else {}
    values = {key.value: node for key, node in section.items()}
    rules = read_rules(reader, values.get("rules"))
    writer = _Writer(reader, faithful, rules)
    parts = [part for rule in rules if (part := writer.part(rule)) is not None]
    aim = "what its rules really did" if faithful else "what its rules were meant to do"
    origin = f"Made by ccproxy import of an earlier ccproxy's {reader.source.name}: {aim}."
    return Draft(origin, (*parts, _default(reader, values)), tuple(_left(reader, values, root)))


class _Writer:
    """Writes the rules of one file as statements, one after the other."""

    def __init__(self, reader: Reader, faithful: bool, rules: list[OldRule]) -> None:
        self._reader = reader
        self._faithful = faithful
        self._names: list[str] = []
        named = [value for rule in rules if rule.name == "MatchModelRule" and (value := self._only(rule, tell=False)) is not None]
        self._haiku = [value for value in named if isinstance(value, str) and "haiku" in value.lower()]

    def part(self, rule: OldRule) -> Part | None:
        """The statements of a rule; None where it can't be understood, which is reported."""
        if rule.path.rpartition(".")[0] != EARLIER_RULES:
            return self._custom(rule)
        match rule.name:
            case "TokenCountRule":
                return self._tokens(rule)
            case "MatchModelRule":
                return self._model(rule)
            case "ThinkingRule":
                return self._thinking(rule)
            case "MatchToolRule":
                return self._tool(rule)
        close = closest(rule.name, EARLIER_CLASSES)
        known = f"did you mean {close}?" if close else f"its classes were {', '.join(EARLIER_CLASSES)}"
        self._reader.report(rule.node, f'there was no class "{rule.path}"', known)
        return None

    def _tokens(self, rule: OldRule) -> Part | None:
        value = self._only(rule)
        whole = int(value) if isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1 >= 0 else None
        if whole is None or not is_within_limits(whole):
            if value is not None:
                self._reader.report(rule.node, f"threshold is a number of tokens, not {told(value)}", "params: [{threshold: 60000}]")
            return None
        number = write_number(whole)
        if self._faithful:
            comment = "The text of messages alone, in tokens of the model that the client named."
            return self._asked(rule, comment, _TEXT_TOKENS, f"({number})")
        comment = (
            "It counted the text of messages alone; system prompt, tools, tool uses and their results, thinking, images and documents were "
            "nothing. tokens is the whole request: choose the number anew."
        )
        return self._plain(rule, comment, f"tokens > {number}")

    def _model(self, rule: OldRule) -> Part | None:
        value = self._named_text(rule)
        if value is None:
            return None
        contains = f"model contains {draft.text(value)}"
        if self._faithful:
            return self._plain(rule, "The text anywhere in the model's name.", contains)
        if self._haiku == [value]:
            comment = (
                "It found only names with this very text in them: the next Haiku went past it. It was for what asks for the small model."
            )
            return self._plain(rule, comment, today.SMALL_MODEL)
        comment = "It finds the text anywhere in the name, so that a longer name with it counts too: == takes one model, matches a glob."
        return self._plain(rule, comment, contains)

    def _thinking(self, rule: OldRule) -> Part | None:
        if rule.positional or rule.named:
            self._reader.report(rule.node, "ThinkingRule has no parameters", "leave params out")
            return None
        if self._faithful:
            return self._plain(rule, f"{today.EVERY_THINKING} A null, which counted too, is missing.", today.EVERY_THINKING_CONDITION)
        return self._plain(rule, today.THINKING, today.HARD_TASK)

    def _tool(self, rule: OldRule) -> Part | None:
        value = self._named_text(rule)
        if value is None:
            return None
        pattern = draft.found_in_any_case(value)
        if self._faithful:
            places = ("tools.*.name", "tools.*.function.name")
            condition = " or ".join(f'any body("{place}") matches {pattern}' for place in places)
            return self._plain(rule, "The text in the name of a tool that is offered.", condition)
        if re.sub(r"[^a-z]", "", value.lower()) == "websearch":
            return self._plain(rule, f"{today.OFFERED} {today.SEARCHES}", today.SEARCH)
        return self._plain(rule, f"{today.OFFERED} This takes those after it was called.", f"any tools.called matches {pattern}")

    def _custom(self, rule: OldRule) -> Part:
        named = rule.named or {}
        given = [*map(literal, rule.positional), *(named_literal(name, value) for name, value in named.items())]
        if None in given:
            comment = "a predicate takes numbers from 0, texts, true and false. A class of your own can give it the rest."
            return Part((f"{rule.shown}: {comment}",))
        arguments = f"({', '.join(map(str, given))})" if given else ""
        return self._asked(rule, "Its module has to be in the config folder, or installed beside ccproxy.", rule.path, arguments)

    def _plain(self, rule: OldRule, comment: str, condition: str) -> Part:
        return Part((rule.shown, comment), (draft.rule(condition, draft.label(rule.label)),))

    def _asked(self, rule: OldRule, comment: str, path: str, arguments: str) -> Part:
        name = draft.free_name(rule.label, self._names)
        self._names.append(name)
        return Part(
            (rule.shown, comment),
            (f"predicate {name} = {draft.text(path)}{arguments}", draft.rule(name, draft.label(rule.label))),
        )

    def _named_text(self, rule: OldRule) -> str | None:
        value = self._only(rule)
        if isinstance(value, str) and draft.can_be_written(value):
            return value
        if value is not None:
            what = f"{_PARAMETER[rule.name]} is a text of at most {draft.LONGEST} characters on one line"
            self._reader.report(rule.node, f"{what}, not {told(value)}", "an empty text would be in every name" if value == "" else None)
        return None

    def _only(self, rule: OldRule, *, tell: bool = True) -> object | None:
        """The value of the one parameter that the class has, by its place or by name."""
        parameter = _PARAMETER[rule.name]
        named = rule.named or {}
        values = [*rule.positional, *named.values()]
        if len(values) == 1 and set(named) <= {parameter} and values[0] is not None:
            return values[0]
        if tell:
            others = next((name for name in named if name != parameter), None)
            what = f'{rule.name} has no parameter "{others}"' if others is not None else f"{rule.name} has one parameter, {parameter}"
            self._reader.report(rule.node, what, f"params: [{{{parameter}: {_EXAMPLE[parameter]}}}]")
        return None


def _default(reader: Reader, values: Mapping[str, Node]) -> Part:
    """Where all other requests went: to `default`, or to the model that the client named."""
    node = values.get("default_model_passthrough")
    if node is not None:
        passthrough = reader.value(node)
        if not isinstance(passthrough, bool):
            reader.wrong(node, "default_model_passthrough", "true or false")
        return Part(("default_model_passthrough",), (f"default -> {'keep' if passthrough else 'default'}",))
    rules = values.get("rules")
    entries = rules.value if is_sequence(rules) else []
    labelled = any(key.value == "label" for entry in entries if is_mapping(entry) for key, _ in entry.value if hasattr(key, "value"))
    if labelled or not entries:
        return Part((), ("default -> default",))
    comment = "Releases whose rules have a name kept the model that the client asked for; default -> default takes the model of that label."
    return Part((comment,), ("default -> keep",))


def _left(reader: Reader, values: Mapping[str, Node], root: Mapping[str, Node]) -> list[str]:
    left = [f"{key}: {why}." for key, why in _KEYS.items() if key in values]
    left += [f"{key}, which is not known here." for key in values if key not in _KEYS and key not in _KNOWN and draft.can_be_written(key)]
    hooks = values.get("hooks")
    for node in hooks.value if is_sequence(hooks) else ():
        value: Any = reader.value(node)
        named = value.get("hook") if isinstance(value, dict) else value
        if isinstance(named, str) and draft.can_be_written(named) and named.removeprefix("ccproxy.hooks.") not in _NO_NEED:
            left.append(f"the hook {named}: a policy only routes requests; LiteLLM has callbacks of its own.")
    if "litellm" in root and not is_null(root["litellm"]):
        left.append("litellm: host, port and workers stand at the top of the new ccproxy.yaml, everything else under litellm.")
    return left


def with_models(config: Mapping[str, Any]) -> dict[str, Any]:
    """LiteLLM's config whose labels have models of their own: an earlier ccproxy looked the model of a label up as a model_name.

    It has the names that Claude Code sends, which LiteLLM has to know, behind an Anthropic model of the config, if there is one.
    """
    listed = config.get("model_list")
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    served = [found for entry in entries for found in _served(entry, entries)]
    if not any("*" in str(entry.get("model_name")) for entry in served):
        parameters = [entry["litellm_params"] for entry in served if isinstance(entry.get("litellm_params"), dict)]
        claude = next((one for one in parameters if str(one.get("model")).startswith("anthropic/")), None)
        served += [{"model_name": "claude-*", "litellm_params": {**claude, "model": "anthropic/claude-*"}}] if claude else []
    return {**config, "model_list": served}


def _served(entry: dict[str, Any], entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    parameters = entry.get("litellm_params")
    model = parameters.get("model") if isinstance(parameters, dict) else None
    named = [other.get("litellm_params") for other in entries if other is not entry and other.get("model_name") == model]
    if model == entry.get("model_name") or not isinstance(parameters, dict):
        return [entry]
    own = {name: value for name, value in parameters.items() if name != "model"}
    return [{**entry, "litellm_params": {**other, **own}} for other in named if isinstance(other, dict)] or [entry]
