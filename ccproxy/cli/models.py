"""`ccproxy models`: what stands behind the labels of LiteLLM's config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ccproxy.cli.arguments import CONFIG
from ccproxy.cli.context import CannotRunError, Settings, config_files
from ccproxy.cli.output import json_text, say
from ccproxy.diagnostics import Severity

if TYPE_CHECKING:
    from ccproxy.models.label_models import Model, Models

_COLUMNS = ("label", "model", "provider", "window", "output", "takes", "$/M new read write output", "retires")


@click.command(
    epilog="Example: ccproxy models think --json",
    help="""Show what is known of the models behind the labels of LiteLLM's config, or behind LABEL.

    Window and longest output are in tokens. Takes: with ? what isn't known. Dollars are per million tokens: input that is new, read from
    the cache, written to it (for five minutes); output; with a line for each number of input tokens above which other prices hold.
    Retires: the day from which its provider may no longer serve it.

    Exit code 2 where LABEL leads nowhere, or the config can't be used.""",
)
@click.argument("label", required=False)
@click.option("--config", type=CONFIG, metavar="FILE", help="LiteLLM's config; else config.yaml of the config folder.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@click.pass_obj
def command(settings: Settings, *, label: str | None, config: Path | None, as_json: bool) -> None:
    """Read and print."""
    from ccproxy.cli.policies import print_diagnostics
    from ccproxy.models.label_models import Models
    from ccproxy.models.model_list_reader import read_model_list

    path = settings.litellm_config(config)
    if path is None:
        raise CannotRunError("there is no LiteLLM config; ccproxy install writes one, --config FILE names another")
    files = config_files()
    model_list, problems = read_model_list(path, files=files)
    print_diagnostics([problem for problem in problems if problem.severity is Severity.ERROR])
    if model_list is None:
        raise CannotRunError(f"nothing is known of the labels of {path}")
    models = Models.read(path, briefly=True, files=files)
    labels = models.labels if label is None else (label,)
    if label is not None and not models.of(label):
        raise CannotRunError(f"{label} leads nowhere in {path}{'' if models.complete else '; LiteLLM reads more models from its database'}")
    if as_json:
        found = {name: [_dict(model) for model in models.of(name)] for name in labels}
        click.echo(json_text({"labels": found, "complete": models.complete, "models": models.hash_of(labels)}, 2))
    else:
        for line in _table([_COLUMNS, *_rows(models, labels)]):
            say(line)


def _dict(model: Model) -> dict[str, Any]:
    from ccproxy.models.label_models import CAPABILITIES

    return {
        "model": model.name,
        "provider": model.provider or None,
        "key": model.key,
        "known": model.known,
        "max_input_tokens": model.window,
        "max_output_tokens": model.output_cap,
        "takes": {capability: model.takes(capability) for capability in CAPABILITIES},
        "dollars_per_million": [
            {"above": above, **{name: float(price) for name, price in prices.items()}} for above, prices in _prices(model)
        ]
        or None,
        "deprecation_date": None if model.retires is None else model.retires.isoformat(),
        "successor": model.successor,
    }


def _prices(model: Model) -> Iterator[tuple[int, Mapping[str, Decimal]]]:
    """The dollars per million tokens, for each number of input tokens above which other prices hold."""
    prices = model.prices
    for above in (0, *prices.thresholds) if prices.known else ():
        rates = prices.rates(above + 1)
        yield above, {name: getattr(rates, name) * 1_000_000 for name in ("new", "read", "written", "written_1h", "output")}


def _rows(models: Models, labels: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for label in labels:
        name = label
        for model in models.of(label):
            lines = [" ".join(_dollars(price) for price in _shown(prices)) + _above(above) for above, prices in _prices(model)] or ["?"]
            yield (
                name,
                model.name,
                model.provider or "?",
                _tokens(model.window),
                _tokens(model.output_cap),
                _takes(model),
                lines[0],
                "" if model.retires is None else model.retires.isoformat(),
            )
            yield from (("", "", "", "", "", "", line, "") for line in lines[1:])
            name = ""


def _shown(prices: Mapping[str, Decimal]) -> tuple[Decimal, ...]:
    return prices["new"], prices["read"], prices["written"], prices["output"]


def _above(threshold: int) -> str:
    return f" above {_tokens(threshold)}" if threshold else ""


def _takes(model: Model) -> str:
    from ccproxy.models.label_models import CAPABILITIES

    found = []
    for capability in CAPABILITIES:
        takes = model.takes(capability)
        if takes is not False:
            found.append(f"{capability}{'' if takes else '?'}")
    return " ".join(found) if model.known else "?"


def _tokens(count: int | None) -> str:
    if count is None:
        return "?"
    return f"{count // 1000}k" if count % 1000 == 0 and count else f"{count}"


def _dollars(price: Decimal) -> str:
    """A price without the zeros at its end."""
    return f"{price.normalize():f}"


def _table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
