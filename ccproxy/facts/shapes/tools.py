"""Tools offered, whichever API sends them."""

from __future__ import annotations

from ccproxy.facts.values import Json, member


def unfolded(tools: list[Json], within: tuple[str, ...]) -> list[Json]:
    """The tools, those that a tool holds under one of these keys in its place."""
    found: list[Json] = []
    for tool in tools:
        held = next((inner for key in within if isinstance(inner := tool.get(key), list)), None) if isinstance(tool, dict) else None
        found.extend([tool] if held is None else held)
    return found


def names_of(tools: list[Json], ways: tuple[tuple[str, ...], ...], within: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The names of tools: of each the first text at the end of one of these ways, keys of objects.

    `within`: the keys of a tool under which it may hold others.
    """
    if within:
        tools = unfolded(tools, within)
    try:
        names = tools
        for key in ways[0]:
            names = [part[key] for part in names]
        "".join(names)  # raises unless every one is text
        return tuple(names)
    except (KeyError, TypeError):
        pass
    found = (next((name for way in ways if isinstance(name := member(tool, *way), str)), None) for tool in tools)
    return tuple([name for name in found if name is not None])


def server_tools(tools: Json) -> tuple[str, ...] | None:
    """The types of the tools that the provider runs."""
    if not isinstance(tools, list):
        return None
    try:
        kinds = [tool["type"] for tool in tools if "type" in tool]
    except TypeError:  # an element that is no object
        kinds = [member(tool, "type") for tool in tools]
    return tuple([kind for kind in kinds if isinstance(kind, str) and kind not in ("function", "custom", "namespace")]) if kinds else ()
