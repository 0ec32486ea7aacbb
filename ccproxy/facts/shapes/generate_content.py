"""Gemini's API. It is known by its path; its body is not read yet."""

from __future__ import annotations

from ccproxy.facts.shapes.shape import Shape

GENERATE_CONTENT = Shape(endpoints=((":generateContent", "generate_content"), (":streamGenerateContent", "generate_content")))
