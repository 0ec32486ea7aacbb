"""`ccproxy explain`: traces the decision on a request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ccproxy.cli.arguments import CONFIG, POLICY, REQUEST
from ccproxy.cli.context import Settings
from ccproxy.cli.explainer import Explainer, explainer_for
from ccproxy.cli.output import json_text, say
from ccproxy.cli.requests import read_requests, read_surroundings, surroundings_options
from ccproxy.facts import Request


@click.command(
    epilog="Example: ccproxy explain request.json --header 'x-claude-code-request-class: main'",
    help="""Tell where a request goes, and why.

    REQUEST holds the JSON body of an API call, or an envelope with path, headers, key and time around it; a .jsonl has one a line,
    - is standard input. Exit code 1 where the policy has errors, 2 where a file can't be used or the decision depends on what is unknown.

    Python predicates of the policy are imported and run: for a policy that you don't trust, write --no-predicates.""",
)
@click.argument("request_file", metavar="REQUEST", type=REQUEST)
@click.option("--policy", "-p", type=POLICY, metavar="FILE", help="The policy; else the one of the config folder.")
@click.option("--config", type=CONFIG, metavar="FILE", help="LiteLLM's config; else config.yaml beside --policy, else the config folder's.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; for a .jsonl one object a line.")
@click.option("--all", "every", is_flag=True, help="Evaluate every rule and all its parts.")
@click.option("--fitted", is_flag=True, help="Tell too what fitting to the label's model would change of the body.")
@click.option("--no-predicates", is_flag=True, help="Import no Python: predicates are unknown.")
@surroundings_options
@click.pass_obj
@click.pass_context
def command(
    ctx: click.Context,
    settings: Settings,
    *,
    request_file: Path,
    policy: Path | None,
    config: Path | None,
    as_json: bool,
    every: bool,
    fitted: bool,
    no_predicates: bool,
    at: str | None,
    headers: tuple[str, ...],
    keys: tuple[str, ...],
    facts: tuple[str, ...],
) -> None:
    """Decide and print, request by request."""
    surroundings = read_surroundings(at, headers, keys, facts)
    explainer = explainer_for(settings, policy, config, predicates=not no_predicates)
    if not isinstance(explainer, Explainer):
        _print_diagnostics(list(explainer), as_json)
        ctx.exit(1)
    failed = False
    for place, request, many in read_requests(request_file):
        problem: str | None = None
        if isinstance(request, str):
            problem = request
        else:
            try:
                opened = surroundings.around(Request.from_envelope(request))
                explanation = explainer.explain(opened, every)
            except ValueError as error:
                problem = f"{place}: {error}"
        if problem is not None:
            say(f"ccproxy: {problem}", err=True)
            failed = True
            continue
        change = explainer.fitted(opened, explanation.decision) if fitted else None
        if as_json:
            told = explanation.to_dict() | ({} if change is None else {"fitted": change.changes})
            click.echo(json_text(told, indent=None if many else 2))
        else:
            text = "\n".join([str(explanation), *(() if change is None else change.lines())])
            say(f"{place}\n{text}\n" if many else text)
    ctx.exit(2 if failed else 0)


def _print_diagnostics(diagnostics: list[Any], as_json: bool) -> None:
    from ccproxy.cli.context import use_colour
    from ccproxy.cli.file_names import Names
    from ccproxy.render.diagnostics.json import render_json
    from ccproxy.render.diagnostics.text import render_text

    if as_json:
        click.echo(json_text(render_json(diagnostics, file_name=Names()), indent=2))
        return
    for diagnostic in diagnostics:
        say(render_text(diagnostic, file_name=Names(), colour=use_colour()) + "\n", color=use_colour())
