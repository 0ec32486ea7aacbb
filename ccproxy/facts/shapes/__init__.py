"""A request's body -> how it is read: the APIs that facts are known of, one file each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ccproxy.facts.shapes.chat import CHAT
from ccproxy.facts.shapes.completions import COMPLETIONS
from ccproxy.facts.shapes.embeddings import EMBEDDINGS
from ccproxy.facts.shapes.generate_content import GENERATE_CONTENT
from ccproxy.facts.shapes.messages import MESSAGES
from ccproxy.facts.shapes.responses import RESPONSES
from ccproxy.facts.shapes.shape import Shape, by_key

SHAPES = (MESSAGES, CHAT, RESPONSES, COMPLETIONS, EMBEDDINGS, GENERATE_CONTENT)
"""Every API. Where a request is read by key, places of the first come first; a body that nothing tells is of the first."""

BY_KEY = by_key(SHAPES)
"""How a request is read whose API nobody knows."""

BY_ENDPOINT: Mapping[str | None, Shape] = MappingProxyType({endpoint: shape for shape in SHAPES for _, endpoint in shape.endpoints})
"""How a request is read, by the fact `endpoint`."""
