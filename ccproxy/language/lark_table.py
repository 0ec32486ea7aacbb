"""The parser's table, which Lark makes of `grammar/ccp.lark`: what ships is `grammar/ccp.table.json`.

After a change of the grammar: `uv run python -m ccproxy.language.lark_table`
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import lark
from lark.parsers.lalr_analysis import Shift

from ccproxy.language.parse_table import grammar_folder

GRAMMAR = grammar_folder()
TABLE = GRAMMAR / "ccp.table.json"


def table() -> dict[str, Any]:
    """The table, as `parse_table.py` reads it; states are numbered as they are reached from the start, which is 0."""
    grammar = (GRAMMAR / "ccp.lark").read_text("utf-8")
    made: Any = lark.Lark(grammar, parser="lalr", lexer="basic", maybe_placeholders=False, keep_all_tokens=True).parser.parser
    found = made._parse_table
    order = [found.start_states["start"]]
    for state in order:
        reached = [what for _, (action, what) in sorted(found.states[state].items()) if action is Shift]
        order += [what for what in dict.fromkeys(reached) if what not in order]
    actions = [entry for row in found.states.values() for entry in row.values()]
    rules = sorted({_written(what) for action, what in actions if action is not Shift})
    numbers = {state: number for number, state in enumerate(order)}
    states = [
        {
            symbol: numbers[what] if action is Shift else -1 - rules.index(_written(what))
            for symbol, (action, what) in sorted(found.states[state].items())
        }
        for state in order
    ]
    return {"end": numbers[found.end_states["start"]], "lists": _lists(rules), "rules": rules, "states": states}


def _lists(rules: Sequence[tuple[str, tuple[str, ...]]]) -> list[str]:
    """The symbols with `_` before their names that can have several parts, or none."""
    found: set[str] = set()
    while more := {
        origin for origin, symbols in rules if origin.startswith("_") and (len(symbols) != 1 or symbols[0] in found) and origin not in found
    }:
        found |= more
    return sorted(found)


def _written(rule: Any) -> tuple[str, tuple[str, ...]]:
    return rule.origin.name, tuple(symbol.name for symbol in rule.expansion)


def text() -> str:
    """The table as its file has it: a line for each rule and each state."""
    made = table()
    rules, states = [",\n".join(json.dumps(row, separators=(",", ":")) for row in made[name]) for name in ("rules", "states")]
    return f'{{"end":{made["end"]},\n"lists":{json.dumps(made["lists"])},\n"rules":[\n{rules}\n],\n"states":[\n{states}\n]}}\n'


if __name__ == "__main__":
    TABLE.write_text(text(), "utf-8")
