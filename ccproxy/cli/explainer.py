"""Explains requests by a policy, with the models behind its labels and the rules that a request nearly meets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccproxy.cli.context import CannotRunError, Settings, config_files, unreadable
from ccproxy.cli.loaded_policies import load_as_proxy
from ccproxy.cli.output import say
from ccproxy.diagnostics import Diagnostic, Severity
from ccproxy.explanation import Behind, Explanation, Part
from ccproxy.facts import Facts, Request
from ccproxy.facts.calls import Passage, handled
from ccproxy.frozen import frozen
from ccproxy.models.model_list import ModelList
from ccproxy.policy import Policy, PolicyError, load
from ccproxy.regular_files import exists

if TYPE_CHECKING:
    from ccproxy.cli.fitted import FittedRequest
    from ccproxy.config.settings import FitSettings
    from ccproxy.decision import Decision
    from ccproxy.models.label_models import Models


@frozen
class Explainer:
    """A policy, the models behind its labels where a config tells them, and what its proxy does with which path."""

    policy: Policy
    model_list: ModelList | None
    passage: Passage
    models: Models | None = None
    fit: FitSettings | None = None
    """Whether its proxy fits requests; None where there is no config, and so nothing to fit to."""

    def explain(self, request: Request, every: bool) -> Explanation:
        """The explanation of one request."""
        facts = self.policy.observe(request)
        explanation = self.policy.explain_facts(facts, every=every)
        return replace(
            explanation,
            model=self._model(explanation.decision.label),
            nearest=tuple(self._nearest(facts, explanation)),
            handled=handled(request.path, self.passage),
            behind=self._behind(explanation.decision.label, facts),
        )

    def fitted(self, request: Request, decision: Decision) -> FittedRequest:
        """What fitting would change of the request where it goes."""
        from ccproxy.cli.fitted import fitted_to

        return fitted_to(decision, self.policy.observe(request), self.models, self.passage, fit_settings=self.fit)

    def _behind(self, label: str | None, facts: Facts) -> Behind | None:
        """What is known of the label for this request; None where nothing is."""
        known = [model for model in self.models.of(label) if model.known] if self.models is not None and label is not None else []
        if self.models is None or label is None or not known:
            return None
        from ccproxy.compiler.label_costs import dollars_of

        windows = [model.window for model in known if model.window is not None]
        return Behind(max(windows, default=None), ceil(facts.tokens), dollars_of(self.models, label, facts))

    def _model(self, label: str | None) -> str | None:
        return self.model_list.names.get(label) if self.model_list and label is not None else None

    def _nearest(self, facts: Facts, explanation: Explanation) -> Iterator[Mapping[str, Any]]:
        from ccproxy.analysis.nearest import nearest

        checked = self.policy.checked
        answers = {part.text: part.holds for part in _parts(explanation) if part.text in checked.predicates and part.holds is not None}
        for item in nearest(checked, facts, answers):
            yield {"number": item.rule, "line": checked.rules[item.rule - 1].span.line, "label": item.label, "change": item.change}


def _parts(explanation: Explanation) -> Iterator[Part]:
    stack = [step.condition for step in explanation.trace if step.condition is not None]
    while stack:
        part = stack.pop()
        yield part
        stack.extend(part.parts)


def explainer_for(settings: Settings, policy: Path | None, config: Path | None, *, predicates: bool) -> Explainer | Sequence[Diagnostic]:
    """The policy named, else that of the config folder, else the starter policy; the diagnostics of one with errors.

    Without `predicates` its Python is not imported. LiteLLM's config is the one named, else as `check` has it: the one beside the policy
    named, else that of the config folder.

    CannotRunError where a file can't be read.
    """
    config = settings.litellm_config(config, policy)
    path = settings.policy(policy)
    try:
        loaded = _load(settings, path, config, starter=policy is None, predicates=predicates)
    except PolicyError as error:
        return error.diagnostics
    except OSError as error:
        raise CannotRunError(unreadable(path, error)) from None
    if config is None:
        return Explainer(loaded, None, settings.passage(config))
    from ccproxy.models.label_models import Models

    return Explainer(
        loaded,
        _model_list(config),
        settings.passage(config),
        loaded.checked.models or Models.read(config, briefly=True, files=config_files()),
        settings.fit,
    )


def _load(settings: Settings, path: Path, config: Path | None, *, starter: bool, predicates: bool) -> Policy:
    if starter and not exists(path):
        from importlib.resources import as_file, files

        say(f"there is no policy {path}: this is the starter policy claude-code.ccp (--policy names another)", err=True)
        with as_file(files("ccproxy.policies") / "claude-code.ccp") as embedded:
            return load(embedded, counter=settings.counter())
    return load_as_proxy(settings, path, settings.counter(), predicates=predicates, config=config)


def _model_list(config: Path) -> ModelList | None:
    from ccproxy.models.model_list_reader import read_model_list

    model_list, problems = read_model_list(config)
    for problem in [problem for problem in problems if problem.severity is Severity.ERROR][:1]:
        say(f"{config}: {problem.message} (ccproxy check tells more)", err=True)
    return model_list
