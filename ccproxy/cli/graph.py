"""`ccproxy graph`: draws a policy."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from ccproxy.cli.arguments import HITS, POLICY, STDIN
from ccproxy.cli.context import CannotRunError, Settings, unreadable
from ccproxy.cli.loaded_policies import load_reporting
from ccproxy.cli.output import say
from ccproxy.cli.policies import read_checked
from ccproxy.cli.progress import progress
from ccproxy.policy import Policy
from ccproxy.regular_files import MAX_REQUEST, lines_of, open_regular
from ccproxy.render.picture import hits_of_cases, hits_of_records, picture_of
from ccproxy.suite.case_files import SUFFIX, read_case_file
from ccproxy.yaml_nodes import read_yaml_file

SHAPES = {".svg": "svg", ".mmd": "mermaid", ".mermaid": "mermaid"}
"""How a picture is drawn, by the ending of its file."""


@click.command(
    epilog="Example: ccproxy graph policy.ccp --format svg -o policy.svg",
    help="""Draw a policy: its rules in order, what each asks and where it leads; rules that no request can end at are greyed.

    Without POLICY the one of the config folder. Exit code 1 where the policy has errors.""",
)
@click.argument("policy", required=False, type=POLICY)
@click.option("--format", "shape", type=click.Choice(["mermaid", "svg"]), help="How to draw it; else as -o ends, else Mermaid.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write it here, not to standard output.")
@click.option("--coverage", is_flag=True, help="Colour rules by how many cases of the case file beside the policy end at them.")
@click.option(
    "--hits",
    "counted",
    multiple=True,
    type=HITS,
    metavar="FILE",
    help="Colour rules by the requests of this case file or decision log (decisions.jsonl). Repeatable.",
)
@click.pass_obj
@click.pass_context
def command(
    ctx: click.Context,
    settings: Settings,
    *,
    policy: Path | None,
    shape: str | None,
    output: Path | None,
    coverage: bool,
    counted: tuple[Path, ...],
) -> None:
    """Draw and write."""
    if shape is None and output is not None:
        if output.suffix not in SHAPES:
            raise click.UsageError(f"{output} ends neither in {' nor in '.join(SHAPES)}: say how to draw it by --format")
        shape = SHAPES[output.suffix]
    path = settings.policy(policy)
    if path == STDIN and (coverage or counted):
        raise CannotRunError("hits are counted for a policy in a file: save the one from standard input")
    checked = read_checked(path)
    if checked is None:
        ctx.exit(1)
    from ccproxy.analysis.findings import analyse

    files = [*([path.with_name(path.stem + SUFFIX)] if coverage else []), *counted]
    hits = _hits(load_reporting(settings, path, settings.counter(calibrated=False)), files) if files else None
    with progress("proving what is reached"):
        picture = picture_of(checked, analyse(checked), hits)
    if shape == "svg":
        from ccproxy.render.svg import svg

        text = svg(picture)
    else:
        from ccproxy.render.mermaid import mermaid

        text = mermaid(picture)
    if output is None:
        say(text, nl=False)
        return
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        raise CannotRunError(f"{output} can't be written: {(error.strerror or str(error)).lower()}") from None


def _hits(policy: Policy, files: list[Path]) -> Counter[int]:
    """The hits of all files together; what is wrong with one is told."""
    hits: Counter[int] = Counter()
    for path in files:
        try:
            if path.suffix == ".jsonl":
                with open_regular(path) as file:
                    records = (line.decode("utf-8", "replace") for line in lines_of(file, MAX_REQUEST))
                    found, others = hits_of_records(policy, records)
                if others:
                    say(f"ccproxy: {path}: {others:,} lines are no records of this policy as it stands, and don't count", err=True)
            else:
                cases = read_case_file(read_yaml_file(path), str(path), path, Path())
                for problem in cases.problems:
                    say(f"ccproxy: {problem}", err=True)
                found = hits_of_cases(policy, cases.cases)
        except OSError as error:
            raise CannotRunError(unreadable(path, error)) from None
        hits += found
    return hits
