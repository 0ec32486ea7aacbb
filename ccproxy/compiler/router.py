"""The compiled policy, which turns facts into a decision."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any

from ccproxy.checks import CheckedPolicy
from ccproxy.checks.checked import STAY
from ccproxy.compiler.compiled_target import IMPLIED_DEFAULT, CompiledTarget, compile_target
from ccproxy.compiler.costs import Costs
from ccproxy.compiler.emitter import Emitter, Environment, name
from ccproxy.compiler.lets import MAX_CALLS, Memo, remembering, run_deep
from ccproxy.decision import Decision, RuleReference
from ccproxy.facts import Facts
from ccproxy.language import syntax
from ccproxy.language.printer import format_rule

if TYPE_CHECKING:
    from ccproxy.compiler.index import IndexedRule, Test

PredicateCall = Callable[[Facts], bool]
"""A Python predicate: whether it holds for a request. Never raises."""

FEW_RULES = 64
"""Up to this many rules are tried one by one; more go through an index, which costs about the same from there on."""


class CompiledRule:
    """A rule, when it applies (None: always), and what it decides, which is compiled when it is first needed.

    `settled` is the decision, once it is known to be the same for every request.
    """

    __slots__ = ("_stay_labels", "_target", "condition", "number", "rule", "settled")

    def __init__(self, number: int, rule: syntax.Rule, checked: CheckedPolicy) -> None:
        self.number = number
        self.rule = rule
        self.condition: syntax.Expression | None = checked.condition_of(rule)
        self._stay_labels = checked.stay_labels if isinstance(rule.target, syntax.Stay) else ()
        self._target: CompiledTarget | None = None
        self.settled: Decision | None = None

    @property
    def target(self) -> CompiledTarget:
        """The compiled target, whose decisions name the rule."""
        if self._target is None:
            self._target = compile_target(self.rule.target, self._stay_labels).by_rule(reference_to(self.number, self.rule))
            self.settled = self._target.settled
        return self._target

    def decide(self, facts: Facts) -> Decision:
        """The decision on a request that the rule takes."""
        return self.target.decide(facts)


class Router:
    """Decides requests by a policy. Thread-safe, as long as each request has its own facts."""

    def __init__(self, checked: CheckedPolicy, predicates: Mapping[str, PredicateCall]) -> None:
        self.checked = checked
        self.rules = tuple(CompiledRule(number, rule, checked) for number, rule in enumerate(checked.rules, 1))
        self._environment = Environment(checked, Costs(checked), MAX_CALLS)
        self._parts: dict[int, tuple[syntax.Expression, Callable[[Facts, Memo], Any]]] = {}
        self._lock = Lock()  # of the environment: code that is compiled once there are requests, is by one thread at a time
        self._define_lets(predicates)
        few = len(self.rules) <= FEW_RULES
        self.decide: Callable[[Facts], Decision] = self._define_decide() if few else self._define_indexed()

    @property
    def default_decision(self) -> Decision:
        """The decision for a request that no rule takes; for a split, that of its largest branch."""
        last = self.rules[-1] if self.rules and self.rules[-1].condition is None else None
        return IMPLIED_DEFAULT if last is None else last.target.usual

    def evaluate(self, expression: syntax.Expression, facts: Facts, memo: Memo) -> Any:
        """The value of one part of a condition, evaluated by the code that decides; `memo` keeps the lets of one request."""
        found = self._parts.get(id(expression))
        if found is None:
            with self._lock:
                emitted = Emitter(self._environment).condition(expression)
                function = self._define("part", ["facts", "memo"], [ast.Return(emitted)])
            found = self._parts[id(expression)] = (expression, function)
        return found[1](facts, memo)

    def value_of(self, call: syntax.Call, facts: Facts) -> Any:
        """The value of a function of a label."""
        with self._lock:
            emitted = Emitter(self._environment).value(call, None)
            function = self._define("value", ["facts", "memo"], [ast.Return(emitted)])
        return function(facts, {})

    def cost_of(self, expression: syntax.Expression) -> int:
        """The cost of an expression; operands are evaluated cheapest first."""
        return self._environment.costs.of(expression)

    # ── Making functions ─────────────────────────────────────────────────────────────────────────────────────────────

    def _define(self, written: str, parameters: list[str], body: list[ast.stmt]) -> Any:
        self._execute([_function(written, body, parameters)], written)
        return self._environment.values.pop(written)

    def _execute(self, functions: list[ast.stmt], what: str) -> None:
        module = ast.fix_missing_locations(ast.Module(functions, []))
        # a syntax tree built by the emitter from our own names and constants: no text of the policy becomes code
        exec(compile(module, f"<compiled {what}>", "exec"), self._environment.values)  # noqa: S102  # nosec B102

    def _define_lets(self, predicates: Mapping[str, PredicateCall]) -> None:
        environment = self._environment
        generators: dict[int, Any] = {}
        environment.values |= {"run_deep": run_deep, "generators": generators}
        for written in self.checked.predicates:
            number = environment.costs.number_of(written)
            holds = predicates[written]
            environment.values[f"let_{number}"] = remembering(number, partial(_call_predicate, holds))
        for written, let in self.checked.implied.items():
            number = environment.costs.number_of(written)
            holds = self._define("let", ["facts", "memo"], [ast.Return(Emitter(environment).condition(let.value))])
            known = holds if written == STAY else partial(_set_or, written, holds)
            environment.values[f"let_{number}"] = remembering(number, known)
        for written, let in self.checked.lets.items():
            number = environment.costs.number_of(written)
            deep = environment.costs.height_of(written) > MAX_CALLS
            emitted = Emitter(environment, generator=deep).value(let.value, None)
            body: list[ast.stmt] = [ast.Return(emitted)]
            if deep:
                # makes it a generator even if it needs no let far up the chain
                body.append(ast.Expr(ast.Yield(ast.Constant(number))))
                generators[number] = self._define("let", ["facts", "memo"], body)
            else:
                environment.values[f"let_{number}"] = remembering(number, self._define("let", ["facts", "memo"], body))

    def _define_decide(self) -> Callable[[Facts], Decision]:
        emitter = Emitter(self._environment)
        body: list[ast.stmt] = []
        if self.checked.all_lets or self.checked.predicates:
            body.append(ast.Assign([ast.Name("memo", ast.Store())], ast.Dict([], []), lineno=1))
        else:
            body.append(ast.Assign([ast.Name("memo", ast.Store())], ast.Constant(None), lineno=1))
        for rule in self.rules:
            decided = ast.Return(self._decided(rule))
            if rule.condition is None:
                body.append(decided)
            else:
                body.append(ast.If(emitter.condition(rule.condition), [decided], []))
        body.append(ast.Return(self._environment.constant(IMPLIED_DEFAULT, "implied default")))
        decide: Callable[[Facts], Decision] = self._define("decide", ["facts"], body)
        return decide

    def _define_indexed(self) -> Callable[[Facts], Decision]:
        """Define the deciding function by an index over the rules."""
        from ccproxy.compiler.demands import Demands  # most policies have few rules
        from ccproxy.compiler.index import IndexedRule, LateTest, indexed

        demands = Demands(self.checked, self._environment.costs)
        rules: list[IndexedRule] = []
        otherwise: Callable[[Facts], Decision] = _implied_default
        for rule in self.rules:
            condition = rule.condition
            if condition is None:
                otherwise = rule.decide
                break
            alternatives = demands.alternatives(condition)
            exact = all(alternative.exact for alternative in alternatives)
            test = None if exact else LateTest(partial(self._define_test, rule.number, condition), self._lock)
            rules.append(IndexedRule(alternatives, test, rule))
        return indexed(rules, otherwise)

    def _define_test(self, number: int, condition: syntax.Expression) -> Test:
        test: Test = self._define(f"test_{number}", ["facts", "memo"], [ast.Return(Emitter(self._environment).condition(condition))])
        return test

    def _decided(self, rule: CompiledRule) -> ast.expr:
        if (settled := rule.target.settled) is not None:
            return self._environment.constant(settled, ("decision", rule.number))
        function = self._environment.constant(rule.target.decide, ("rule", rule.number))
        return ast.Call(function, [name("facts")], [])


def _function(written: str, body: list[ast.stmt], parameters: Sequence[str] = ("facts", "memo")) -> ast.stmt:
    arguments = ast.arguments([], [ast.arg(parameter) for parameter in parameters], None, [], [], None, [])
    return ast.FunctionDef(written, arguments, body, [], None, lineno=1)


def _implied_default(facts: Facts) -> Decision:
    return IMPLIED_DEFAULT


def _set_or(key: str, holds: Callable[[Facts, Memo], bool], facts: Facts, memo: Memo) -> Any:
    """What was set outright for a function of a label, else the condition that it stands for."""
    return facts.of_label(key, lambda: holds(facts, memo))


def _call_predicate(holds: PredicateCall, facts: Facts, memo: Memo) -> bool:
    return holds(facts)


def compile_policy(checked: CheckedPolicy, predicates: Mapping[str, PredicateCall]) -> Router:
    """Compile a checked policy; `predicates` has a function for each of its Python predicates."""
    return Router(checked, predicates)


def reference_to(number: int, rule: syntax.Rule) -> RuleReference:
    """How decisions name a rule; numbers start at 1."""
    because = rule.because.value if rule.because else None
    return RuleReference(number, rule.span.source.name, rule.span.line, format_rule(rule, because=False), because)
