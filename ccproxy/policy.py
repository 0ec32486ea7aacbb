"""The public interface: loads a policy from a file or text, and asks it for decisions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from ccproxy.checks import CheckedPolicy, check, with_models
from ccproxy.collecting import few_collections
from ccproxy.compiler import Router, compile_policy
from ccproxy.compiler.explain import explain, refused_by, trace_known
from ccproxy.compiler.python_predicates import FailedPredicateError, PredicateRunner, Report, load_predicate, unknown_predicate
from ccproxy.compiler.undecided import decide_known
from ccproxy.decision import Decision, Undecided
from ccproxy.diagnostics import Diagnostic, Severity
from ccproxy.explanation import Explanation, Step
from ccproxy.facts import Facts, TokenCounter, observe, observe_request
from ccproxy.facts.asked import COST_READS, facts_asked
from ccproxy.facts.calls import handled
from ccproxy.facts.partial import PartialFacts, known_facts, observe_partly
from ccproxy.facts.request import Request, check_key
from ccproxy.language import syntax
from ccproxy.language.loader import ReadBytes, load_file, load_text, read_policy_file
from ccproxy.models.model_list import ModelList
from ccproxy.regular_files import real_path

if TYPE_CHECKING:
    from ccproxy.models.label_models import Models

PredicateFailure = Literal["no_match", "reject"]
"""What happens to a request whose decision depends on a predicate that fails: the predicate is false, or the request is rejected."""


class PolicyError(Exception):
    """Raised for a policy that can't be used; `diagnostics` say why."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        errors = [item for item in diagnostics if item.severity is Severity.ERROR]
        first = errors[0]
        place = first.span.source.position(first.span.start)
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(f"{first.span.source.name}:{place.line}:{place.column}: {first.message}{more}")


def check_file(path: str | FilePath, read: ReadBytes = read_policy_file) -> tuple[list[Diagnostic], CheckedPolicy | None]:
    """The diagnostics of a policy's text, names and types; the checked policy if none is an error. OSError if the file can't be read."""
    with few_collections():
        return check(load_file(FilePath(path), read))


def load(
    path: str | FilePath,
    *,
    config_folder: FilePath | None = None,
    counter: TokenCounter | None = None,
    report: Report | None = None,
    prove: bool = False,
    predicates: bool = True,
    on_predicate_failure: PredicateFailure = "no_match",
    models: Models | Callable[[], Models | None] | None = None,
) -> Policy:
    """Load a policy; PolicyError if it has errors, OSError if it can't be read.

    `models` are those behind its labels, which `fits`, `cost` and `stay` ask for; a function that reads them is called only for a policy
    that does. Python predicates are imported from `config_folder` if given, then from the policy's own folder. `counter` counts tokens;
    `report` is called when a predicate fails. With `prove`, broken assertions and conditions that hold for no request are errors too;
    without it the analyses don't run. With `predicates` false no Python is imported, and a decision that depends on a predicate
    raises a ValueError. A predicate that fails is false; with `on_predicate_failure="reject"` a request whose decision depends on it
    is rejected.
    """
    path = FilePath(path)
    folders = [folder for folder in (config_folder, real_path(path).parent) if folder is not None]
    diagnostics, checked = check_file(path)
    reject = on_predicate_failure == "reject"
    return build(diagnostics, checked, folders, counter, report, prove=prove, predicates=predicates, reject=reject, models=models)


def loads(
    text: str,
    name: str = "policy.ccp",
    *,
    counter: TokenCounter | None = None,
    report: Report | None = None,
    models: Models | None = None,
) -> Policy:
    """Load a policy from text, which can't include files; the rest as for `load`. PolicyError if it has errors."""
    with few_collections():
        diagnostics, checked = check(load_text(text, name))
    return build(diagnostics, checked, [], counter, report, models=models)


def build(
    diagnostics: list[Diagnostic],
    checked: CheckedPolicy | None,
    folders: Sequence[FilePath],
    counter: TokenCounter | None,
    report: Report | None,
    *,
    prove: bool = False,
    model_list: ModelList | None = None,
    predicates: bool = True,
    reject: bool = False,
    models: Models | Callable[[], Models | None] | None = None,
) -> Policy:
    """Build the policy from checked files, as `load` does; predicates are looked up in `folders` first. PolicyError if it has errors.

    With `prove`, the errors that `check` finds count too: labels that `model_list` doesn't have, broken assertions.
    With `reject`, requests that depend on a predicate that fails are rejected.
    """
    if checked is None:
        raise PolicyError(diagnostics)
    if callable(models):
        models = models() if checked.labels_looked_behind else None
    checked = with_models(checked, models)
    if prove:
        from ccproxy.analysis.examination import examine

        wrong = [item for item in examine(checked, folders, model_list) if item.severity is Severity.ERROR]
        if wrong:
            raise PolicyError(wrong)
    runner = PredicateRunner(report or _unreported, reject=reject)
    calls: dict[str, Callable[[Facts], bool]] = {}
    missing: list[Diagnostic] = []
    for name, predicate in checked.predicates.items():
        if not predicates:
            calls[name] = unknown_predicate(name)
            continue
        loaded = load_predicate(predicate, folders)
        if isinstance(loaded, Diagnostic):
            missing.append(loaded)
        else:
            calls[name] = runner.bind(name, loaded)
    if missing:
        raise PolicyError(missing)
    with few_collections():
        return Policy(checked, compile_policy(checked, calls), counter or TokenCounter())


def _unreported(name: str, what: str, error: BaseException | None) -> None:
    """The default report, which ignores failures: a predicate that fails is false."""


def hash_of(policy: syntax.Policy) -> str:
    """The hash over the text of a policy and its includes in reading order, in hexadecimal digits."""
    from hashlib import sha256  # OpenSSL takes its time to load

    digest = sha256()
    for source in policy.sources:
        digest.update(source.text.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


class Policy:
    """A compiled policy. Thread-safe."""

    def __init__(self, checked: CheckedPolicy, router: Router, counter: TokenCounter) -> None:
        self.checked = checked
        self.router = router
        self.counter = counter
        self.zone = checked.zone

    def observe(
        self,
        request: Request | object,
        *,
        headers: Mapping[str, str] | None = None,
        path: str | None = None,
        key: Mapping[str, Any] | None = None,
        at: datetime | str | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> Facts:
        """The facts of a request, none of them computed yet.

        `request` is a Request, or a JSON body with the rest given as keywords, as for Request; keywords override what a Request says.
        ValueError for a malformed `at` or fact, or a property that no key has.
        """
        if isinstance(request, Request):
            if headers or path is not None or key or at is not None or facts:
                request = request.over(headers=headers, path=path, key=key, at=at, facts=facts)
        elif at is None and not facts:
            return observe(request, headers=headers, path=path, key=check_key(key), zone=self.zone, counter=self.counter)
        else:
            request = Request(request, headers=headers, path=path, key=key, at=at, facts=facts)
        return observe_request(request, zone=self.zone, counter=self.counter)

    def decide(
        self,
        request: Request | object,
        *,
        headers: Mapping[str, str] | None = None,
        path: str | None = None,
        key: Mapping[str, Any] | None = None,
        at: datetime | str | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> Decision:
        """Decide where a request goes; takes the arguments of `observe`."""
        if at is None and not facts and not isinstance(request, Request):
            # like `self.observe` and `decide_facts`, for most calls: each call saved saves a few percent of a decision
            key = key if key is None else check_key(key)
            observed = observe(request, headers=headers, path=path, key=key, zone=self.zone, counter=self.counter)
        else:
            observed = self.observe(request, headers=headers, path=path, key=key, at=at, facts=facts)
        try:
            return self.router.decide(observed)
        except FailedPredicateError as error:
            return refused_by(error.name)

    def decide_facts(self, facts: Facts) -> Decision:
        """Decide where a request with these facts goes. UnknownPredicateError if that depends on a predicate that is not called."""
        try:
            return self.router.decide(facts)
        except FailedPredicateError as error:
            return refused_by(error.name)

    def decide_known(
        self, known: Request | Mapping[str, Any], unknown: Collection[str] = (), *, at: datetime | None = None
    ) -> Decision | Undecided:
        """Decide where a request goes of which not everything is known: Undecided where that hangs on the rest.

        `known` are facts by name as JSON has them, all others being unknown, and `at` tells the time; a value of None is missing, which is
        known. Or it is a Request of which the facts named in `unknown` can't be told: names of facts, `header`, `body`, `metadata`,
        `body("a")` for all below `a`. A Python predicate is asked only where the whole body is known. The decision's `rule` is None
        where one of several rules wins, all with this outcome. EnvelopeError for a value that is none of its fact.
        """
        return self.decide_known_facts(self.observe_known(known, unknown, at=at))

    def observe_known(
        self, known: Request | Mapping[str, Any], unknown: Collection[str] = (), *, at: datetime | None = None
    ) -> PartialFacts:
        """The facts of a request of which not everything is known; takes the arguments of `decide_known`."""
        if isinstance(known, Request):
            return observe_partly(known, unknown, zone=self.zone, counter=self.counter)
        return known_facts(known, self.asked, at=at, zone=self.zone, counter=self.counter)

    def decide_known_facts(self, facts: PartialFacts, holds: Mapping[int, bool] = MappingProxyType({})) -> Decision | Undecided:
        """Decide where a request with these facts goes, as far as they are known; `holds` is as for `trace_known`."""
        try:
            return decide_known(self.router, facts, holds)
        except FailedPredicateError as error:
            return refused_by(error.name)

    def explain(
        self,
        request: Request | object,
        *,
        headers: Mapping[str, str] | None = None,
        path: str | None = None,
        key: Mapping[str, Any] | None = None,
        at: datetime | str | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> Explanation:
        """Explain where a request goes and why; takes the arguments of `observe`."""
        return self.explain_facts(self.observe(request, headers=headers, path=path, key=key, at=at, facts=facts))

    def explain_facts(self, facts: Facts, *, every: bool = False) -> Explanation:
        """Explain where a request with these facts goes and why; with `every`, all rules and all their parts are evaluated."""
        explanation = explain(self.router, facts, every=every)
        policy = {"file": self.checked.policy.sources[0].name, "sha256": self.sha256}
        return replace(explanation, policy=policy, handled=handled(facts.path), models=self.models_hash)

    def trace_known(
        self, known: Mapping[str, Any], *, at: datetime | None = None, holds: Mapping[int, bool] = MappingProxyType({})
    ) -> tuple[Step, ...]:
        """The rules tried for a request of which only these facts are known, as for `decide_known`: the reasons for its decision.

        A condition, or a part of one, that hangs on what is unknown `holds` None; where something else tells whether the condition of a
        rule held, `holds` has that by the rule's number. EnvelopeError for a value that is none of its fact.
        """
        return trace_known(self.router, known_facts(known, self.asked, at=at, zone=self.zone, counter=self.counter), holds)

    @cached_property
    def asked(self) -> frozenset[str]:
        """The names of the facts that some decision asks for, functions of labels by their canonical texts."""
        of_targets = [fact for rule in self.checked.rules if rule.target for fact in rule.target.reads]
        asked = facts_asked([*self.checked.rules, *self.checked.all_lets.values(), *of_targets])
        return asked | COST_READS if any(name.startswith("cost(") for name in asked) else asked

    @property
    def predicates(self) -> Mapping[str, syntax.Predicate]:
        """The Python predicates."""
        return self.checked.predicates

    @property
    def default_decision(self) -> Decision:
        """The decision for a request that no rule takes."""
        return self.router.default_decision

    @property
    def default_label(self) -> str:
        """The label for a request that no rule takes; `default` if the policy keeps or rejects those."""
        return self.default_decision.label or "default"

    @property
    def remembers(self) -> bool:
        """Whether a decision can depend on what the proxy remembers."""
        return self.checked.remembers

    @cached_property
    def labels_watched(self) -> Mapping[str, tuple[str, ...]]:
        """The labels whose `quota` and whether they are `healthy` the policy asks for, by these functions."""
        found: dict[str, dict[str, None]] = {}
        for call in self.checked.label_calls:
            if call.function in ("quota", "healthy"):
                found.setdefault(call.function, {})[call.argument.value] = None
        return {function: tuple(labels) for function, labels in found.items()}

    @cached_property
    def models_hash(self) -> str | None:
        """12 digits of the hash over what is known of the labels that are looked behind; None where none is, or nothing is known."""
        models, asked = self.checked.models, self.checked.labels_looked_behind
        return models.hash_of(asked) if models is not None and asked else None

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Every label that a decision can give, fallbacks included, in the order they are written."""
        found: dict[str, None] = {}
        for rule in self.checked.rules:
            found |= dict.fromkeys(label.name for label in rule.target.labels)
        if not self.router.rules or self.router.rules[-1].rule.condition is not None:
            found["default"] = None
        return tuple(found)

    @property
    def sources(self) -> tuple[FilePath, ...]:
        """The files of the policy in reading order."""
        return tuple(source.path for source in self.checked.policy.sources if source.path is not None)

    @cached_property
    def sha256(self) -> str:
        """The hash over the text of the policy and its includes in reading order, in hexadecimal digits."""
        return hash_of(self.checked.policy)
