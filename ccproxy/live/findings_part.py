"""The part of the page with what is found in the edited policy, each finding with a request that shows it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nicegui import ui

from ccproxy.diagnostics import Diagnostic
from ccproxy.facts import Request
from ccproxy.live.elements import Text, button, counted, opened, section
from ccproxy.live.policy_draft import Checked
from ccproxy.suite.case_appender import CaseFileError, append_case

SHOWN = 50


@dataclass
class FindingsPart:
    """Findings in the order of their places, of the policy at `path`; `reveal` shows a line of the text."""

    path: Path
    reveal: Callable[[int], None]
    _shown: object = None

    def build(self) -> None:
        """Make the elements."""
        with section("findings", "Findings"):
            self._told = Text("p", css="quiet").props("role=status")
            self._list = ui.element("ol")

    def show(self, checked: Checked, findings: Sequence[Diagnostic]) -> None:
        """Show these, found in a text."""
        shown = [(str(item), item.witness is not None) for item in findings], checked.document.text
        if shown == self._shown:
            return
        self._shown = shown
        self._told.set_text("Nothing is found." if not findings else f"{counted(len(findings), 'finding')}, in the order of their lines.")
        self._list.clear()
        with self._list:
            for item in findings[:SHOWN]:
                self._item(checked, item)

    def _item(self, checked: Checked, item: Diagnostic) -> None:
        with ui.element("li"):
            Text("span", f"{item.severity} {item.code.number} {item.code.slug}: ", css=f"severity-{item.severity}")
            Text("span", item.message if item.help is None else f"{item.message}; {item.help}")
            with ui.element("div").classes("buttons"):
                line = checked.line_of(item)
                if line is not None:
                    button(f"Line {line}", lambda: self.reveal(line), "opens")
                if item.witness is not None:
                    witness = item.witness
                    button("Open its witness", lambda: _open(self.path, checked, item, witness), "opens")


def _open(path: Path, checked: Checked, item: Diagnostic, witness: dict[str, Any]) -> None:
    """Show a request that shows a finding: what it is, and what the policy does with it."""
    with opened("witness-title", f"A request that shows {item.code.number}"):
        Text("p", item.message)
        Text("h3", "The request")
        Text("pre", json.dumps(witness, indent=2, ensure_ascii=False)).props('tabindex=0 aria-label="The request"')
        policy = checked.policy
        if policy is None:
            Text("p", "The text has errors, so that it decides nothing.")
            return
        try:
            request = Request.from_envelope(witness)
            why = str(policy.explain(request))
        except ValueError as error:
            Text("p", f"What becomes of it can't be told: {error}")
            return
        Text("h3", "Why it goes where it goes")
        Text("pre", why).props('tabindex=0 aria-label="The rules that were tried"')
        told = Text("p").props("role=status")

        def add() -> None:
            try:
                file = append_case(path, policy, witness, f"{item.code.slug} on line {item.span.line}")
            except (CaseFileError, OSError) as error:
                told.set_text(f"not added: {error}")
            else:
                told.set_text(f"added to {file.name}")

        button("Add to the case file", add)
