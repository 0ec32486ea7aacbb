"""Tells what the models behind a label are short of for a request."""

from __future__ import annotations

from collections.abc import Mapping

from ccproxy.checks.conditions import read_conditions
from ccproxy.compiler.router import Router, compile_policy
from ccproxy.facts import Facts
from ccproxy.frozen import frozen
from ccproxy.language import syntax
from ccproxy.models.label_models import Models
from ccproxy.models.requirements import requirements


@frozen
class Shortcomings:
    """What each deployment of some labels requires of a request, compiled by the code that decides."""

    router: Router
    required: Mapping[str, tuple[Mapping[str, tuple[syntax.Expression, ...]], ...]]
    """For each label its deployments; for each of those the conditions by what it is short of where one doesn't hold."""

    def of(self, label: str, facts: Facts) -> tuple[str, ...]:
        """What the label's models are short of, of several the one that is short of least; nothing for one that can take the request.

        Of what is unknown no model is short.
        """
        found = [
            tuple(of for of, conditions in deployment.items() if not all(self.router.evaluate(one, facts, {}) for one in conditions))
            for deployment in self.required[label]
        ]
        return min(found, key=len, default=())


def shortcomings(models: Models, labels: tuple[str, ...]) -> Shortcomings:
    """Compile what the models behind some labels require."""
    all_required = {label: [list(requirements(model)) for model in models.of(label)] for label in labels}
    checked, compiled = read_conditions(
        (one.condition for found in all_required.values() for model in found for one in model), "requirements"
    )
    required = {
        label: tuple(
            {of: tuple(compiled[one.condition] for one in model if one.of == of) for of in dict.fromkeys(one.of for one in model)}
            for model in found
        )
        for label, found in all_required.items()
    }
    return Shortcomings(compile_policy(checked, {}), required)
