"""Reports endpoints that a policy asks for though their requests go round it, as the setting `other_calls` lets them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ccproxy.checks.checked import CheckedPolicy
from ccproxy.diagnostics import Code, Diagnostic
from ccproxy.facts.calls import Handled, Kind, Passage, handled, kind_of_path
from ccproxy.facts.definitions import ENDPOINT_PATHS
from ccproxy.language import syntax


def unseen_endpoints(checked: CheckedPolicy, passed: Collection[Kind]) -> Iterator[Diagnostic]:
    """Reports each value of the fact `endpoint` whose requests are all passed, where these kinds of calls are."""
    unseen = {name: kind_of_path(path) for name, path in ENDPOINT_PATHS if handled(path, Passage(passed)) is Handled.PASSED}
    if not unseen:
        return
    for statement in checked.policy.statements:
        for expression in syntax.walk(statement):
            for text in _endpoints(expression):
                if text.value in unseen:
                    message = f'requests of "{text.value}" go round the policy: no request that it decides on has this endpoint'
                    remedy = f"leave this out, or take {unseen[text.value]}: pass out of other_calls in ccproxy.yaml"
                    yield Diagnostic(Code.UNSEEN_ENDPOINT, text.span, message, remedy)


def _endpoints(expression: syntax.Expression) -> Iterator[syntax.Text]:
    """The texts that an expression compares the fact with."""
    match expression:
        case syntax.Comparison(operands=operands):
            sides = [syntax.bare(side) for side in operands]
            if any(_is_endpoint(side) for side in sides):
                yield from (side for side in sides if isinstance(side, syntax.Text))
        case syntax.Test(left=left, operator="in" | "not in", right=right) if _is_endpoint(syntax.bare(left)):
            listed = syntax.bare(right)
            if isinstance(listed, syntax.ListLiteral):
                yield from (item for item in listed.items if isinstance(item, syntax.Text))
        case _:
            pass


def _is_endpoint(expression: syntax.Expression) -> bool:
    return isinstance(expression, syntax.Name) and expression.name == "endpoint"
