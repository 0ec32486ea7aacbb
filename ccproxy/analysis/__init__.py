"""Exact reasoning about policies: what can never happen, what always does, and a request that shows what can.

Conditions become formulas over atoms (`formulas`), what requests can be told apart becomes classes (`numbers`, `text_part`, `lists`, …)
in one space (`space`), and questions are searched there (`solver`) until a request shows the answer or nothing is left.
"""

from ccproxy.analysis.cases import Case, cases
from ccproxy.analysis.difference import Change, Difference, difference
from ccproxy.analysis.findings import analyse
from ccproxy.analysis.fuel import Work
from ccproxy.analysis.nearest import Nearest, nearest
from ccproxy.analysis.repair import safe_fixes

__all__ = ["Case", "Change", "Difference", "Nearest", "Work", "analyse", "cases", "difference", "nearest", "safe_fixes"]
