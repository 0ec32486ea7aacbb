"""Turns a checked policy into what can be proved of it: what never happens, what always does, and a request for what can.

Conditions become formulas over atoms (`formulas`); the requests that they can tell apart become classes (`numbers`, `text_part`,
`lists`, …) in one space (`space`); and questions are searched there (`solver`) until a request shows the answer or nothing is left.

The questions, each in a module of its own, since most commands ask but one: `examination.examine`, `findings.analyse`, `cases.cases`,
`difference.difference`, `nearest.nearest`, `repair.fix_policy`.
"""
