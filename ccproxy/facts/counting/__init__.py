"""Token counting: an estimate, made offline, of what a request costs the model to read."""

from ccproxy.facts.counting.bounds import WouldBlock
from ccproxy.facts.counting.counter import Counting, TokenCounter, TokenStats
from ccproxy.facts.counting.opened import RecurringValues
from ccproxy.facts.counting.tokenizer import ENCODINGS, TokenizerError, check_vocabulary

__all__ = ["ENCODINGS", "Counting", "RecurringValues", "TokenCounter", "TokenStats", "TokenizerError", "WouldBlock", "check_vocabulary"]
