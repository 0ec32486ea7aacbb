"""The README, and what stands in it between fences."""

from __future__ import annotations

import re
from pathlib import Path

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    """The blocks of a language, in order."""
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def block_with(language: str, text: str) -> str:
    """The one block of a language in which `text` stands."""
    (found,) = [block for block in blocks(language) if text in block]
    return found
