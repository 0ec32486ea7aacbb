"""`ccproxy facts`: lists the facts, with their values for a request."""

from __future__ import annotations

from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ccproxy.cli.arguments import CONFIG, POLICY, REQUEST
from ccproxy.cli.context import Settings, config_files
from ccproxy.cli.output import json_text, say
from ccproxy.cli.requests import Surroundings, read_requests, read_surroundings, surroundings_options
from ccproxy.facts import FACTS, FUNCTIONS, Facts, Request, TokenCounter, observe_request
from ccproxy.facts.calls import Handled, handled
from ccproxy.facts.written import plain, written_value
from ccproxy.frozen import frozen

if TYPE_CHECKING:
    from ccproxy.compiler.shortcomings import Shortcomings
    from ccproxy.models.label_models import Models


@click.command(
    epilog="Example: ccproxy facts request.json --fact tokens=250000",
    help="""Show the table of facts; or, with REQUEST, the value of each fact and where it came from.

    REQUEST holds the JSON body of an API call, or an envelope; a .jsonl has one a line, - is standard input.

    Where there is a LiteLLM config, also for each of its labels whether a model behind it can take the request, or what it is short of, and
    what the input costs there.""",
)
@click.argument("request_file", metavar="[REQUEST]", required=False, type=REQUEST)
@click.option("--policy", type=POLICY, metavar="FILE", help="The policy whose time zone counts.")
@click.option("--config", type=CONFIG, metavar="FILE", help="LiteLLM's config; else config.yaml of the config folder.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; for a .jsonl one object a line.")
@surroundings_options
@click.pass_obj
@click.pass_context
def command(
    ctx: click.Context,
    settings: Settings,
    *,
    request_file: Path | None,
    policy: Path | None,
    config: Path | None,
    as_json: bool,
    at: str | None,
    headers: tuple[str, ...],
    keys: tuple[str, ...],
    facts: tuple[str, ...],
) -> None:
    """Print the table or the values."""
    surroundings = read_surroundings(at, headers, keys, facts)
    if request_file is None:
        click.echo(json_text(_table(), indent=2) if as_json else "\n".join(_table_lines()))
        return
    config = settings.litellm_config(config)
    counter, passage, labels = settings.counter(), settings.passage(config), _Labels.read(config)
    failed = False
    for place, request, many in read_requests(request_file):
        try:
            if isinstance(request, str):
                raise ValueError(request)
            observed = _observe(settings, policy, request, surroundings, counter)
            handling = handled(observed.path, passage)
        except ValueError as error:
            say(f"ccproxy: {error}" if isinstance(request, str) else f"ccproxy: {place}: {error}", err=True)
            failed = True
            continue
        if as_json:
            values = {fact.name: plain(fact.name, observed.read(fact.name)) for fact in FACTS}
            known = {"labels": labels.of(observed)} if labels.found else {}
            click.echo(json_text({"facts": values, "handled": str(handling), **known}, indent=None if many else 2))
        else:
            lines = _value_lines(observed) + labels.lines(observed)
            if handling is not Handled.ROUTED:
                from ccproxy.explanation import HANDLING

                lines += ["", f"the proxy {HANDLING[handling]} a request of this path"]
            say(f"{place}\n" * many + "\n".join(lines) + "\n" * many)
    ctx.exit(2 if failed else 0)


@frozen
class _Labels:
    """The labels of LiteLLM's config; without one there are none."""

    models: Models | None
    found: Shortcomings | None

    @classmethod
    def read(cls, config: Path | None) -> _Labels:
        if config is None:
            return cls(None, None)
        from ccproxy.compiler.shortcomings import shortcomings
        from ccproxy.models.label_models import Models

        models = Models.read(config, briefly=True, files=config_files())
        return cls(models, shortcomings(models, models.labels) if models.labels else None)

    def of(self, facts: Facts) -> dict[str, dict[str, Any]]:
        """For each label whether it fits, what it is short of, and the dollars for the input, None if unknown."""
        if self.models is None or self.found is None:
            return {}
        from ccproxy.compiler.label_costs import dollars_of
        from ccproxy.facts.readers import FUNCTION_BY_NAME

        values = {}
        for label in self.models.labels:
            short = self.found.of(label, facts)
            fits = facts.told_of_label(FUNCTION_BY_NAME["fits"].of(label), not short)
            values[label] = {"fits": fits, "short_of": short, "cost": dollars_of(self.models, label, facts)}
        return values

    def lines(self, facts: Facts) -> list[str]:
        found = self.of(facts)
        width = max((len(label) for label in found), default=0)
        lines = [""] if found else []
        for label, value in found.items():
            fits = "fits" if value["fits"] else f"can't take it: {', '.join(value['short_of']) or 'set outright'}"
            cost = "at an unknown price" if value["cost"] is None else f"input ${value['cost']:.6f}"
            lines.append(f"{label:<{width}}  {fits}; {cost}")
        return lines


def _observe(settings: Settings, policy: Path | None, request: dict[str, Any], surroundings: Surroundings, counter: TokenCounter) -> Facts:
    opened = surroundings.around(Request.from_envelope(request))
    zone = UTC if opened.at is None else _zone(settings, policy)
    return observe_request(opened, zone=zone, counter=counter)


def _zone(settings: Settings, named: Path | None) -> tzinfo:
    """The time zone of the policy; UTC where there is none that can be used."""
    from zoneinfo import ZoneInfo

    from ccproxy.policy import check_file

    path = settings.policy(named)
    try:
        checked = check_file(path)[1]
    except OSError as error:
        if named is not None:
            from ccproxy.cli.context import CannotRunError, unreadable

            raise CannotRunError(unreadable(path, error)) from None
        return ZoneInfo("UTC")
    if checked is None:
        say(f"{path} has errors (ccproxy check tells them): times are in UTC", err=True)
        return ZoneInfo("UTC")
    return ZoneInfo(checked.timezone)


def _table() -> dict[str, Any]:
    facts = {
        fact.name: {"type": str(fact.type), "presence": str(fact.presence), "source": fact.source, "meaning": fact.meaning}
        for fact in FACTS
    }
    functions = {
        function.name: {"type": str(function.type) if function.type else None, "source": function.source, "meaning": function.meaning}
        for function in FUNCTIONS
    }
    return {"facts": facts, "functions": functions}


def _table_lines() -> list[str]:
    layout = "{:<18} {:<8} {:<10} {}"
    lines = [layout.format("FACT", "TYPE", "PRESENCE", "MEANING, and where it comes from")]
    rows = [(fact.name, str(fact.type), str(fact.presence), fact.meaning, fact.source) for fact in FACTS]
    for function in FUNCTIONS:
        rows.append(
            (function.form, str(function.type) if function.type else "its place", str(function.presence), function.meaning, function.source)
        )
    for name, kind, presence, meaning, source in rows:
        lines.append(layout.format(name, kind, presence, meaning))
        lines.append(layout.format("", "", "", f"  {source}"))
    return lines


def _value_lines(facts: Facts) -> list[str]:
    width = max(len(fact.name) for fact in FACTS)
    lines = []
    for fact in FACTS:
        value = written_value(plain(fact.name, facts.read(fact.name)))
        source = facts.source_of(fact.name)
        lines.append(f"{fact.name:<{width}}  {value}" + ("" if source in ("missing", "") else f"  ({source})"))
    return lines
