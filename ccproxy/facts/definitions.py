"""The table of facts: what a policy can ask about a request.

This is the one place that lists them. The parser does not know it; the checks, the compiler, the analyses, `ccproxy facts`, the
language reference and the language server all read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ccproxy.facts.schema import Fact, Presence
from ccproxy.language.types import Type

_ALWAYS, _USUALLY, _SOMETIMES = Presence.ALWAYS, Presence.USUALLY, Presence.SOMETIMES
_NUMBER, _TEXT, _BOOL, _LIST = Type.NUMBER, Type.TEXT, Type.BOOL, Type.LIST

_CONVERSATION = "Messages, Chat: `messages`; Responses: `input`"

FACTS: tuple[Fact, ...] = (
    Fact("model", _TEXT, _USUALLY, 0, "`model`", "the model the client asked for"),
    Fact(
        "endpoint",
        _TEXT,
        _USUALLY,
        0,
        "the path; without one, the shape of the body",
        "`messages`, `count_tokens`, `chat`, `completions`, `responses` or `embeddings`",
    ),
    Fact("stream", _BOOL, _SOMETIMES, 0, "`stream`", "the answer is to be streamed"),
    Fact(
        "max_tokens",
        _NUMBER,
        _SOMETIMES,
        0,
        "Messages, Chat: `max_tokens`; Chat: `max_completion_tokens`; Responses: `max_output_tokens`",
        "the most tokens the answer may have",
    ),
    Fact(
        "tokens",
        _NUMBER,
        _ALWAYS,
        3,
        "Messages: `system`, `tools`, `messages`; Chat: `tools`, `messages`; Responses: `instructions`, `tools`, `input`; `prompt`",
        "input tokens of the whole request (an estimate): `tokens.system` + `tokens.tools` + `tokens.messages`",
        whole=True,
    ),
    Fact(
        "tokens.system",
        _NUMBER,
        _ALWAYS,
        3,
        "Messages: `system`; Responses: `instructions`",
        "input tokens of the system prompt beside the messages",
        whole=True,
    ),
    Fact("tokens.tools", _NUMBER, _ALWAYS, 3, "`tools`", "input tokens of the tools offered", whole=True),
    Fact(
        "tokens.messages",
        _NUMBER,
        _ALWAYS,
        3,
        f"{_CONVERSATION}; completions: `prompt`",
        "input tokens of every block of every message: text, thinking, tool use and result, images, documents",
        whole=True,
    ),
    Fact(
        "tokens.latest",
        _NUMBER,
        _ALWAYS,
        3,
        _CONVERSATION,
        "input tokens of the messages after the last assistant message, or of all",
        whole=True,
    ),
    Fact(
        "messages",
        _NUMBER,
        _USUALLY,
        0,
        "Messages, Chat: `messages`; Responses: items of `input` with a role, a text `input` is one",
        "how many messages",
        whole=True,
    ),
    Fact(
        "turns",
        _NUMBER,
        _USUALLY,
        2,
        _CONVERSATION,
        "how many user messages with human text, or an image or document outside tool results",
        whole=True,
    ),
    Fact(
        "thinking",
        _BOOL,
        _SOMETIMES,
        0,
        "Messages: `thinking.type`; Chat: `reasoning_effort`; Responses: `reasoning.effort`",
        "thinking is on: `enabled` or `adaptive`, or an effort other than `none`",
    ),
    Fact("thinking.type", _TEXT, _SOMETIMES, 0, "Messages: `thinking.type`", "`enabled`, `adaptive` or `disabled`, as sent"),
    Fact("thinking.budget", _NUMBER, _SOMETIMES, 0, "Messages: `thinking.budget_tokens`", "the thinking budget in tokens, as sent"),
    Fact(
        "effort",
        _TEXT,
        _SOMETIMES,
        1,
        "Messages: `output_config.effort` of the last message that has one, then of the body; Chat: `reasoning_effort`; "
        "Responses: `reasoning.effort`",
        "how hard the model is to think, `low` to `max`",
    ),
    Fact(
        "tools",
        _LIST,
        _SOMETIMES,
        1,
        "Messages, Responses: `tools.*.name`; Chat: `tools.*.function.name`",
        "names of the tools offered, deferred ones too; `[]` for an empty array",
    ),
    Fact(
        "tools.types",
        _LIST,
        _SOMETIMES,
        1,
        "`tools.*.type` other than `function` and `custom`",
        "types of the server tools offered (`web_search_20250305`)",
    ),
    Fact(
        "tools.called",
        _LIST,
        _SOMETIMES,
        1,
        "Messages: tool use blocks; Chat: `tool_calls`; Responses: call items of the last run of assistant items",
        "names of the tools called in the last assistant message",
    ),
    Fact("tool_choice", _TEXT, _SOMETIMES, 0, "`tool_choice`", "`auto`, `any`, `none`, or the name of the forced tool"),
    Fact(
        "prompt",
        _TEXT,
        _USUALLY,
        2,
        f"{_CONVERSATION}; completions: `prompt`",
        "human text of the last user message that has any, without system reminders and tool results",
    ),
    Fact(
        "system",
        _TEXT,
        _SOMETIMES,
        2,
        "Messages: `system`; Responses: `instructions`; then messages of role `system` and `developer`",
        "the text of the system prompt",
    ),
    Fact(
        "images",
        _NUMBER,
        _USUALLY,
        1,
        "Messages: `image`; Chat: `image_url`; Responses: `input_image` blocks",
        "how many images, also inside tool results",
        whole=True,
    ),
    Fact(
        "documents",
        _NUMBER,
        _USUALLY,
        1,
        "Messages: `document`; Chat: `file`; Responses: `input_file` blocks",
        "how many documents, also inside tool results",
        whole=True,
    ),
    Fact(
        "images.latest",
        _NUMBER,
        _USUALLY,
        1,
        "Messages: `image`; Chat: `image_url`; Responses: `input_image` blocks",
        "how many images after the last assistant message",
        whole=True,
    ),
    Fact(
        "output.format",
        _TEXT,
        _SOMETIMES,
        0,
        "Messages: `output_config.format.type`, `output_format.type`; Chat: `response_format.type`; Responses: `text.format.type`",
        "the format the answer must have (`json_schema`)",
    ),
    Fact(
        "mode",
        _TEXT,
        _SOMETIMES,
        0,
        "Messages: `safeguards.0.classifier_context.permission_mode`",
        "Claude Code's permission mode (`plan`, `auto`)",
    ),
    Fact("speed", _TEXT, _SOMETIMES, 0, "`speed`", "the speed asked for (`fast`)"),
    Fact(
        "session",
        _TEXT,
        _SOMETIMES,
        1,
        "header `x-claude-code-session-id`, another `x-*-session-id`; Messages: `metadata.user_id`",
        "the session the request belongs to",
    ),
    Fact(
        "user",
        _TEXT,
        _SOMETIMES,
        1,
        "Messages: `metadata.user_id`; Chat, Responses: `user`",
        "the account, else the device, that the client names",
    ),
    Fact(
        "agent.class",
        _TEXT,
        _SOMETIMES,
        1,
        "header `x-claude-code-request-class`; for Claude Code without it, marks of the request",
        "`main`, `subagent`, `workflow`, `compaction` or `auxiliary`",
    ),
    Fact("agent.type", _TEXT, _SOMETIMES, 0, "header `x-claude-code-agent-type`", "the kind of subagent (`Explore`, `Plan`, `custom`)"),
    Fact("agent.id", _TEXT, _SOMETIMES, 0, "header `x-claude-code-agent-id`", "the subagent"),
    Fact("agent.parent", _TEXT, _SOMETIMES, 0, "header `x-claude-code-parent-agent-id`", "the agent that started a nested subagent"),
    Fact("compaction", _TEXT, _SOMETIMES, 0, "header `x-claude-code-compaction`", "why the request compacts: `manual`, `auto`, `reactive`"),
    Fact("client", _TEXT, _USUALLY, 0, "header `user-agent`", "the client and its version"),
    Fact("betas", _LIST, _SOMETIMES, 1, "header `anthropic-beta`, then `betas`", "the beta features asked for"),
    Fact("key.alias", _TEXT, _SOMETIMES, 0, "the virtual key", "the alias of the LiteLLM virtual key"),
    Fact("key.team", _TEXT, _SOMETIMES, 0, "the virtual key", "the alias of the key's team, else its id"),
    Fact("key.user", _TEXT, _SOMETIMES, 0, "the virtual key", "the user that the key belongs to"),
    Fact("key.org", _TEXT, _SOMETIMES, 0, "the virtual key", "the organisation that the key belongs to"),
    Fact("key.tags", _LIST, _SOMETIMES, 0, "the virtual key", "the tags of the key"),
    Fact("key.spend", _NUMBER, _SOMETIMES, 0, "the virtual key", "what the key has spent, in dollars"),
    Fact("key.budget", _NUMBER, _SOMETIMES, 0, "the virtual key", "what the key may spend, in dollars"),
    Fact("key.budget_used", _NUMBER, _SOMETIMES, 0, "the virtual key", "the spend in percent of the budget; missing for a budget of 0"),
    Fact("time", Type.TIME, _USUALLY, 0, "the time of the request", "the time of day in the policy's zone, to the minute"),
    Fact("weekday", Type.WEEKDAY, _USUALLY, 0, "the time of the request", "the day of the week in the policy's zone"),
)
"""Every fact, in the order of the language reference."""

FACT_NAMES: tuple[str, ...] = tuple(fact.name for fact in FACTS)

_BY_NAME: Mapping[str, Fact] = MappingProxyType({fact.name: fact for fact in FACTS})


def fact_named(name: str) -> Fact | None:
    """The fact of this name; None where there is none."""
    return _BY_NAME.get(name)
