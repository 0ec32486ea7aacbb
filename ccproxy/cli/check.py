"""`ccproxy check`: reports the diagnostics of policies."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from ccproxy.cli.arguments import CONFIG, POLICY
from ccproxy.cli.context import Settings, use_colour
from ccproxy.cli.output import json_text, say
from ccproxy.cli.report import Report, check_policies
from ccproxy.diagnostics import Severity


@click.command(
    epilog="Example: ccproxy check policy.ccp --config config.yaml",
    help="""Report what is wrong with policies.

    Without POLICY the one of the config folder; - is standard input. Every label is looked for in LiteLLM's config.
    Exit code 1 where there is an error (with --fix --diff: where something would change), 2 where a file can't be read.""",
)
@click.argument("policies", metavar="[POLICY]...", nargs=-1, type=POLICY)
@click.option(
    "--config", type=CONFIG, metavar="FILE", help="LiteLLM's config; else config.yaml beside the policy, else of the config folder."
)
@click.option(
    "--format", "shape", type=click.Choice(["text", "json", "sarif", "github"]), default="text", show_default=True, help="How to print it."
)
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@click.option("--no-config", is_flag=True, help="Don't look for labels in LiteLLM's config.")
@click.option("--load-predicates", is_flag=True, help="Import Python predicates, not only look for their modules.")
@click.option("--budget", type=click.IntRange(1), metavar="STEPS", help="Steps of the analyses, half a microsecond each; else 20 million.")
@click.option(
    "--at",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day for which models that retire are told, as 2026-11-27; today without it.",
)
@click.option("--fix", is_flag=True, help="First leave out what is proved to change nothing: rules, parts of conditions.")
@click.option("--diff", is_flag=True, help="With --fix: write nothing, print what would change.")
@click.pass_obj
@click.pass_context
def command(
    ctx: click.Context,
    settings: Settings,
    *,
    policies: tuple[Path, ...],
    config: Path | None,
    shape: str,
    strict: bool,
    no_config: bool,
    load_predicates: bool,
    budget: int | None,
    at: datetime | None,
    fix: bool,
    diff: bool,
) -> None:
    """Check and print."""
    if diff and not fix:
        raise click.UsageError("--diff shows what --fix would change: write --fix --diff")
    if fix:
        from ccproxy.cli.fixer import fix_policies

        changed = fix_policies(policies or [settings.policy(None)], diff=diff)
        if diff:
            ctx.exit(int(changed > 0))
    report = check_policies(
        settings,
        policies,
        config,
        use_config=not no_config,
        load_predicates=load_predicates,
        budget=budget,
        today=(at or datetime.now()).date(),
    )
    for problem in report.unreadable:
        say(f"ccproxy: {problem.message}", err=True)
    for used in report.configs:
        say(f"labels are looked for in {used.absolute()}", err=True)
    match shape:
        case "json":
            _print_json(report)
        case "sarif":
            _print_sarif(report)
        case "github":
            _print_github(report)
        case _:
            _print_text(report)
    ctx.exit(_exit_code(report, strict))


def _exit_code(report: Report, strict: bool) -> int:
    if report.unreadable:
        return 2
    failing = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return int(any(diagnostic.severity in failing and not diagnostic.acknowledged for diagnostic in report.diagnostics))


def _print_json(report: Report) -> None:
    from ccproxy.render.diagnostics.json import render_json

    click.echo(json_text(render_json(report.diagnostics, file_name=report.names), indent=2))


def _print_sarif(report: Report) -> None:
    from ccproxy.render.diagnostics.sarif import render_sarif

    click.echo(json_text(render_sarif(report.diagnostics, file_name=report.names), indent=2))


def _print_github(report: Report) -> None:
    from ccproxy.render.diagnostics.github import render_github

    if told := [diagnostic for diagnostic in report.diagnostics if not diagnostic.acknowledged]:
        click.echo(render_github(told, file_name=report.names))


def _print_text(report: Report) -> None:
    colour = use_colour()
    for checked in report.files:
        for diagnostic in checked.open:
            from ccproxy.render.diagnostics.text import render_text

            say(render_text(diagnostic, file_name=report.names, colour=colour) + "\n", color=colour)
        say(f"{checked.name}: {checked.summary}", color=colour)
