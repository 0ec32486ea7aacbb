"""Makes untrusted text safe to print: on a terminal, and in a CI system that takes commands from what is printed."""

from __future__ import annotations

import re

_COLOUR = r"\x1b\[(?:[0124]|(?:[01];)?[39][1-7]|39)m"
"""The colours that the commands themselves and LiteLLM use: of letters, so that nothing can be hidden by them."""
_UNSAFE = f"({_COLOUR})|[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
_COMMAND = r"(?m)^(\s*:)(?=:)|(#)(?=#(?:vso)?\[)"
"""The start of a GitHub workflow command, or of a logging command of GitHub's older kind or Azure's."""


def neutral(text: str, *, colour: bool = False) -> str:
    """The text with control characters shown as escapes (colours stay if wanted), and without commands for a CI system."""

    if text.isprintable():
        return without_commands(text)

    def shown(match: re.Match[str]) -> str:
        return match.group() if colour and match.group(1) else "".join(map(_escape, match.group()))

    return without_commands(re.sub(_UNSAFE, shown, text))


def without_commands(text: str) -> str:
    """The text with a space inserted into whatever would be a command for a CI system."""
    if "::" not in text and "##" not in text:
        return text
    return re.sub(_COMMAND, lambda match: f"{match.group()} ", text)


def _escape(character: str) -> str:
    if character.isprintable():
        return character
    return f"\\x{ord(character):02x}" if ord(character) < 0x100 else f"\\u{ord(character):04x}"
