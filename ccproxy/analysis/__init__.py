"""Proves properties of checked policies: what never happens, what always does, and, as a counterexample, a request for what can.

Conditions become formulas over atoms (`formulas`); the requests that they can tell apart become classes (`numbers`, `text_part`,
`lists`, …) in one space (`space`); and questions are searched there (`solver`) until a request shows the answer or nothing is left.
"""

from ccproxy.analysis.cases import Case, cases
from ccproxy.analysis.difference import Change, Difference, difference
from ccproxy.analysis.findings import analyse
from ccproxy.analysis.fuel import Work
from ccproxy.analysis.nearest import Nearest, nearest
from ccproxy.analysis.repair import safe_fixes

__all__ = ["Case", "Change", "Difference", "Nearest", "Work", "analyse", "cases", "difference", "nearest", "safe_fixes"]
