"""What fitting would change of a request for the label that it goes to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from difflib import unified_diff
from typing import Any

from ccproxy.config.settings import FitSettings
from ccproxy.decision import Decision
from ccproxy.facts import Facts
from ccproxy.facts.calls import Handled, Kind, Passage, handled
from ccproxy.facts.endpoint import shape_at, shape_of
from ccproxy.frozen import frozen
from ccproxy.models.fit import Fitted, fit
from ccproxy.models.label_models import Models


@frozen
class FittedRequest:
    """The body with the first model behind the label in it, and as that takes it; `model` is that model, None where none is known.

    `is_answered` is false where no model is to answer the request, `is_fitted` where the settings have nothing fitted.
    """

    routed: Any
    fitted: Fitted
    model: str | None
    is_answered: bool = True
    is_fitted: bool = True

    @property
    def changes(self) -> list[str]:
        """What is changed."""
        return list(self.fitted.changes)

    def lines(self) -> Iterator[str]:
        """What is changed, and the difference of the two bodies as JSON."""
        yield ""
        if not self.is_answered:
            yield "fitted: no model is to answer this, so nothing is changed"
        elif not self.is_fitted:
            yield "fitted: nothing, since ccproxy.yaml says fit: false"
        elif self.model is None:
            yield "fitted: nothing is known of the model, so nothing is changed (--config names LiteLLM's config)"
        elif not self.fitted.changes:
            yield f"fitted: {self.model} takes the request as it is"
        else:
            yield f"fitted to {self.model}: {'; '.join(self.fitted.changes)}"
            yield from unified_diff(_text(self.routed), _text(self.fitted.body), "as routed", "as fitted", n=1, lineterm="")


def _text(body: Any) -> list[str]:
    return json.dumps(body, indent=2, ensure_ascii=False).splitlines()


def fitted_to(decision: Decision, facts: Facts, models: Models | None, passage: Passage, fit_settings: FitSettings | None) -> FittedRequest:
    """Fit a request to the label of its decision, or to the model that it keeps. What is counted, refused or passed stays as it is."""
    counted = facts.path is not None and passage.kind_of(facts.path) is Kind.COUNT
    if counted or handled(facts.path, passage) is not Handled.ROUTED or decision.action == "reject":
        return FittedRequest(facts.body, Fitted(facts.body), None, is_answered=False)
    if fit_settings is not None and not fit_settings.enabled:
        return FittedRequest(facts.body, Fitted(facts.body), None, is_fitted=False)
    label = decision.model_for(facts.model)
    known = [model for model in models.of(label) if model.known] if models is not None and isinstance(label, str) else []
    if not known:
        return FittedRequest(facts.body, Fitted(facts.body), None)
    shape = shape_at(facts.path) if facts.path else shape_of(facts.body)[0]
    # LiteLLM hands the hook the deployment's own model, whatever the client named
    routed = {**facts.body, "model": known[0].name}
    think = fit_settings is None or fit_settings.think
    return FittedRequest(routed, fit(routed, shape, known[0], kept=decision.action == "keep", think=think), known[0].name)
