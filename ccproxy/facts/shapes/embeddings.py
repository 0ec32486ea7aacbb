"""OpenAI's Embeddings."""

from __future__ import annotations

from ccproxy.facts.shapes.conversation import INPUT_KEY
from ccproxy.facts.shapes.shape import Place, Places, Shape

EMBEDDINGS = Shape(
    endpoints=(("embeddings", "embeddings"),),
    conversations=(INPUT_KEY,),
    body_user=Places(Place("user", str)),
)
