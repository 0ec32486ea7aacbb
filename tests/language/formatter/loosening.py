"""Policies as untidy people write them: the same words, with any white space, line breaks and comments between them."""

from __future__ import annotations

import re

from hypothesis import strategies as st

from ccproxy.language import syntax
from tests.language.expressions import Draw
from tests.language.printing import show

_WORD = re.compile(
    r"""(?P<text>"(?:[^"\\]|\\.)*"|/(?:[^/\\]|\\.)+/[ims]*)
    |(?P<word>[0-9]+:[0-9]+|[0-9][0-9_]*(?:\.[0-9]+)?[kM]?%?|[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
    |->|\.\.|[=!<>]=?|.""",
    re.VERBOSE,
)
_COMMENTS = st.sampled_from(
    ["#", "# why", "#why  ", "# when a -> b", '# "unclosed', "# /", "# # twice", "#\ttab", "# " + "long " * 30, "# ü → 🙂"]
)
_GAP = st.lists(
    st.one_of(st.sampled_from([" ", "  ", "\t", "\n", "\n\n", "\n\n\n", "\r\n"]), _COMMENTS.map(lambda comment: comment + "\n")), max_size=3
)
_TIGHT = st.sampled_from(["", "", "", " ", "\n"])


@st.composite
def untidy(draw: Draw, statements: tuple[syntax.Statement, ...]) -> str:
    """A text of the statements."""
    busy = draw(st.sampled_from([0, 0, 1, 1, 3]))
    parts: list[str] = []
    for statement in statements:
        previous = ""
        parts.append(gap(draw, "\n", busy + 1))
        for match in _WORD.finditer(show(statement)):
            token = match.group()
            if token != " ":
                glued = not (previous[-1:].isalnum() or previous.endswith("_")) or not (token[0].isalnum() or token[0] == "_")
                parts += (gap(draw, "" if glued and tight(previous, token) else " ", busy), token)
                previous = token
    parts.append(gap(draw, "\n", busy + 1))
    return "".join(parts)


def tight(previous: str, token: str) -> bool:
    """Whether two words that are no names may touch: labels and numbers go on through some signs."""
    return previous in ("(", "[", ",") or token in (")", "]", ",") or ".." in (previous, token)


def gap(draw: Draw, least: str, busy: int) -> str:
    """White space and comments, `least` at least."""
    if draw(st.integers(0, 9)) >= busy * 3:
        return least
    return least + "".join(draw(_GAP))


def comments_of(text: str) -> list[str]:
    """All comments of a text, in the order they stand: none begins in a text or a pattern, and a label such as openai/gpt-4o is none."""
    found = re.findall(r'"(?:[^"\\\n]|\\.)*"|(?:(?<![\w.-])|(?<=matches))/(?:[^/\\\n]|\\.)+/|(\#[^\n]*)', text)
    return [comment.rstrip(" \t\r") for comment in found if comment]
