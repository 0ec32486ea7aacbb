"""What kinds of requests that old routers guessed at are by the facts of today, and how they missed them."""

from __future__ import annotations

SMALL_MODEL = "model matches /haiku/i"
HARD_TASK = 'effort in ["xhigh", "max"]'
SEARCH = 'count(tools) <= 1 and any tools.types matches "web_search*"'

OFFERED = "It took every request that offers the tool, and Claude Code offers all of its tools in each."
SEARCHES = "The request that searches offers nothing else."
THINKING = (
    "It took every request with a thinking key, disabled ones too. Claude Code sends one with nearly every request, and says by the effort "
    "how hard the model is to think. For all that think, the condition is: thinking."
)
EVERY_THINKING = "Whatever thinking says: adaptive, enabled or disabled."
EVERY_THINKING_CONDITION = 'has body("thinking")'
