"""Fits calls to the deployments that LiteLLM has chosen for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ccproxy.config.settings import FitSettings
from ccproxy.facts.endpoint import shape_at
from ccproxy.gateway.answers import deployment_tried, group_tried
from ccproxy.gateway.call_types import ROUTED
from ccproxy.gateway.failures import Failures
from ccproxy.models.fit import Fitted, fit
from ccproxy.models.label_models import Model, Models
from ccproxy.models.requirements import vendor_of

_CONFIG = "config"
"""The argument of LiteLLM's calls that has what `generationConfig` has in a body of Gemini's."""
_OWN = "generationConfig"


class Fitter:
    """Fits the arguments of LiteLLM's calls. Never raises: a call that it fails on stays as it is, and is counted."""

    def __init__(self, models: Models, settings: FitSettings, failures: Failures) -> None:
        self._models = models
        self._think = settings.think
        self._failures = failures

    def vendor(self, arguments: Mapping[str, Any]) -> str | None:
        """Whose model the deployment is that was chosen; None if unknown."""
        try:
            model = self._model(arguments)
        except Exception:  # told where the call is fitted
            return None
        return None if model is None else vendor_of(model)

    def fit(
        self, arguments: dict[str, Any], call_type: object, *, kept: bool, request_id: str, origins: Sequence[tuple[int, str]] = ()
    ) -> Fitted:
        """The arguments as the deployment takes them; the same object where nothing had to be changed.

        `origins` are pairs of a number of messages and the vendor that answered next.
        """
        try:
            path = ROUTED.get(str(getattr(call_type, "value", call_type)))
            model = self._model(arguments)
            if path is None or model is None:
                return Fitted(arguments)
            body: Mapping[str, Any] = arguments
            if isinstance(arguments.get(_CONFIG), Mapping):
                body = {_OWN if name == _CONFIG else name: value for name, value in arguments.items()}
            fitted = fit(body, shape_at(path), model, kept=kept, think=self._think, origins=origins)
            if not fitted.changes:
                return Fitted(arguments)
            return Fitted({_CONFIG if name == _OWN else name: value for name, value in fitted.body.items()}, fitted.changes)
        except Exception as error:
            self._failures.report("fitting a request to its model", error, request_id, "it goes as it is")
            return Fitted(arguments)

    def _model(self, arguments: Mapping[str, Any]) -> Model | None:
        """The model of the deployment that was chosen; one of which nothing is known where the config doesn't have it."""
        label, names = group_tried(arguments), {arguments.get("model"), deployment_tried(arguments)}
        if label is None:
            return None
        found = [model for model in self._models.of(label) if model.name in names]
        return found[0] if found else Model(str(arguments.get("model")), "", None, {})
