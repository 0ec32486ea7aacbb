"""Random JSON in the shape of requests: bodies of every API, with anything at all in place of a part now and then."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from .expressions import TEXTS

TEXT = st.sampled_from(
    [*TEXTS, "<system-reminder>a</system-reminder>b", "<system-reminder>", "user_a1_account__session_s", '{"session_id": "s"}']
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**20) | st.floats() | TEXT,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(TEXT | st.sampled_from(["type", "text", "content", "name"]), inner, max_size=3)
    ),
    max_leaves=5,
)


def some(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The strategy, or once in a while any JSON."""
    return st.integers(0, 7).flatmap(lambda die: JSON if die == 0 else strategy)


def record(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return some(st.fixed_dictionaries({}, optional={name: some(field) for name, field in fields.items()}))


def array(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return some(st.lists(items, max_size=3))


SOURCE = record(
    type=st.sampled_from(["base64", "url"]), media_type=st.just("image/png"), data=st.sampled_from(["iVBORw0KGgo=", "", "&"]), url=TEXT
)
KINDS = st.sampled_from(
    [
        *(
            "text",
            "image",
            "document",
            "tool_use",
            "tool_result",
            "thinking",
            "image_url",
            "file",
            "input_text",
            "input_image",
            "input_file",
            "input_audio",
            "video_url",
        ),
        *("output_text", "function_call", "function_call_output", "reasoning", "message", "server_tool_use"),
    ]
)
LEAF = record(
    type=KINDS, text=TEXT, thinking=TEXT, source=SOURCE, image_url=TEXT | record(url=TEXT), file=record(file_data=TEXT), name=TEXT
)
BLOCK = LEAF | record(type=KINDS, content=TEXT | array(LEAF), name=TEXT, id=TEXT, tool_use_id=TEXT, input=JSON)
CALL = record(id=TEXT, type=st.just("function"), function=record(name=TEXT, arguments=TEXT))
MESSAGE = record(
    role=st.sampled_from(["user", "assistant", "system", "developer", "tool"]),
    content=TEXT | array(BLOCK),
    tool_calls=array(CALL),
    type=KINDS,
    name=TEXT,
    output=TEXT | array(BLOCK),
    arguments=TEXT,
    output_config=record(effort=TEXT),
)
TOOL = record(
    type=st.sampled_from(["function", "custom", "web_search_20250305"]),
    name=TEXT,
    description=TEXT,
    function=record(name=TEXT),
    input_schema=JSON,
)
MEDIUM = record(mimeType=st.sampled_from(["image/png", "audio/wav", "video/mp4", "application/pdf"]), data=TEXT, fileUri=TEXT)
PART = record(
    text=TEXT,
    thought=st.booleans(),
    functionCall=record(name=TEXT, args=JSON),
    functionResponse=record(name=TEXT, response=JSON, parts=array(record(inlineData=MEDIUM))),
    inlineData=MEDIUM,
    file_data=MEDIUM,
    thoughtSignature=TEXT,
)
CONTENT = record(role=st.sampled_from(["user", "model", "function"]), parts=array(PART))
GEMINI_TOOL = record(functionDeclarations=array(record(name=TEXT, parameters=JSON)), googleSearch=record(), url_context=record())
ITEM = record(
    type=st.sampled_from(["additional_tools", "agent_message", "compaction_trigger", "item_reference", "web_search_call", "reasoning"]),
    role=st.just("developer"),
    tools=array(TOOL | record(type=st.just("namespace"), name=TEXT, tools=array(TOOL))),
    content=TEXT | array(BLOCK),
    encrypted_content=TEXT,
)
FORMAT = record(type=st.sampled_from(["json_schema", "text"]))


def bodies() -> st.SearchStrategy[Any]:
    """A body, seldom no object at all."""
    return record(
        model=TEXT,
        stream=st.booleans(),
        max_tokens=st.integers(0, 10),
        max_completion_tokens=st.floats(),
        messages=array(MESSAGE),
        input=TEXT | array(MESSAGE | ITEM),
        contents=TEXT | array(CONTENT) | CONTENT,
        systemInstruction=TEXT | CONTENT,
        generation_config=record(
            maxOutputTokens=st.integers(0, 10),
            thinkingConfig=record(thinkingLevel=TEXT, thinkingBudget=st.integers(-1, 5)),
            response_mime_type=st.sampled_from(["application/json", "text/plain"]),
        ),
        toolConfig=record(
            functionCallingConfig=record(mode=st.sampled_from(["AUTO", "ANY", "VALIDATED"]), allowedFunctionNames=array(TEXT))
        ),
        prompt=TEXT | array(TEXT),
        system=TEXT | array(LEAF),
        instructions=TEXT,
        tools=array(TOOL | GEMINI_TOOL),
        tool_choice=TEXT | record(type=st.sampled_from(["auto", "any", "tool", "function"]), name=TEXT, function=record(name=TEXT)),
        thinking=record(type=st.sampled_from(["enabled", "adaptive", "disabled"]), budget_tokens=st.integers(0, 10)),
        reasoning=record(effort=TEXT),
        reasoning_effort=TEXT,
        output_config=record(effort=TEXT, format=FORMAT),
        response_format=FORMAT,
        text=record(format=FORMAT),
        metadata=record(user_id=TEXT, k=TEXT, tags=array(TEXT)),
        user=TEXT,
        betas=array(TEXT),
        tags=array(TEXT),
        speed=TEXT,
        safeguards=array(record(classifier_context=record(permission_mode=TEXT))),
        p=JSON,
        q=JSON,
        deep=JSON,
    )
