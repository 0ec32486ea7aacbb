"""The part of the page where the policy is edited: what is wrong with it, and what it would have done with the last requests."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from threading import Event
from time import monotonic

from nicegui import run, ui
from nicegui.elements.codemirror import CodeMirror

from ccproxy.diagnostics import Diagnostic
from ccproxy.live.colours import Colours
from ccproxy.live.elements import Text, counted, section
from ccproxy.live.policy_draft import Checked, Draft, NotSavedError, drawn, errors_of
from ccproxy.live.trial_part import TrialPart
from ccproxy.live.what_if import Trial, tried
from ccproxy.live.window import Seen, Window
from ccproxy.policy import Policy
from ccproxy.replay.bill import Bill
from ccproxy.replay.deciders import Deciders

TRIES_AGAIN = 5.0
"""Seconds after which the same text is tried on requests that came since."""
PAUSE = 0.15
"""Seconds without a change after which a text is checked."""
ANSWERS_WITHIN = 60.0
"""Seconds that a browser has to do what it is asked for."""
COUNTS = {100: "100", 1_000: "1,000", 10_000: "10,000"}


@dataclass(repr=False)  # NiceGUI names what a method does by the method's own repr, which would tell of all requests, for each key typed
class PolicyPart:
    """The editor and what stands below it. `opened` shows a request as a policy decides it; `found` shows findings."""

    draft: Draft
    window: Window
    bill: Bill
    deciders: Deciders
    colours: Colours
    opened: Callable[[Seen, Policy | None], None]
    found: Callable[[Checked, Sequence[Diagnostic]], None] = lambda checked, findings: None
    checked: Checked | None = None
    _changes: int = 0
    _tried: int = -1
    _tried_at: float = 0.0
    _trying: bool = False
    _cancel: Event = field(default_factory=Event)
    _trial: Trial | None = None
    _findings: Sequence[Diagnostic] = ()
    _analysed: Checked | None = None
    _kept: bool = False

    def build(self) -> None:
        """Make the elements."""
        with section("policy", "Policy"):
            Text("p", str(self.draft.path), css="quiet path")
            self._editor = CodeMirror(self.draft.text, line_wrapping=True, keymap={"Mod-s": self._save, "Shift-Alt-f": self._format})
            self._editor.classes("editor").on_value_change(self._typed)
            self._editor.disable()  # what is typed before the browser is connected may arrive in another order
            with ui.element("div").classes("buttons"):
                ui.button("Save", on_click=self._save).props("unelevated no-caps text-color=on-primary")
                ui.button("Format", on_click=self._format).props("outline no-caps")
                ui.button("Reload", on_click=self._reload).props("outline no-caps")
                self._state = Text("span", css="state").props("role=status")
        with section("what-if", "What if"):
            with ui.element("div").classes("beside-title"):
                self._count = ui.select(COUNTS, value=1_000, label="Of the last requests", on_change=self._again).props("dense outlined")
            self._trial_part = TrialPart(self.colours, self._open)
            self._trial_part.build()
            with ui.expansion("Its rules as a picture, with the requests that end at each").classes("picture") as self._expansion:
                self._picture = Text("img").props('alt="The rules of the policy in order, each with the requests that end at it"')
            self._expansion.on_value_change(self._draw)

    async def connected(self) -> None:
        """Set up what only a browser that is there can be told."""
        script = files("ccproxy.live").joinpath("editor.js").read_text("utf-8").partition("\n")[2]
        await ui.run_javascript(f"({script})({self._editor.id})", timeout=ANSWERS_WITHIN)
        self._editor.enable()
        await self._check()

    # ── The text ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _typed(self) -> None:
        self.draft.text = self._editor.value
        self._changes += 1
        changes = self._changes
        self._cancel.set()
        await asyncio.sleep(PAUSE)
        if changes == self._changes:
            await self._check()

    async def _check(self) -> None:
        """Tell what is wrong with the text, first what is found at once; and what it would do."""
        changes = self._changes
        try:
            checked = self.checked = self.draft.put(self._editor.value)
        except OSError as error:
            self._tell(f"it can't be checked: {(error.strerror or str(error)).lower()}", bad=True)
            return
        self._show(checked, checked.diagnostics)
        self._trial = None
        self._again()  # also where the text before is being tried
        findings = await run.io_bound(self.draft.analyse, checked)
        if findings is not None and changes == self._changes:
            self._analysed = checked
            self._show(checked, findings)
            self._draw()

    def _show(self, checked: Checked, findings: Sequence[Diagnostic]) -> None:
        self._findings = findings
        self._editor.run_method("setDecorations", checked.marks(findings))
        tooltips: dict[int, str] = {}
        for item in findings:
            if (line := checked.line_of(item)) is not None:
                tooltips[line] = "\n".join(filter(None, (tooltips.get(line), item.message)))
        self._editor.run_method("setLineTooltips", tooltips)
        errors = errors_of(findings)
        changed = "changed, not saved" if self.draft.is_changed else "as in its file"
        self._tell(f"{counted(errors, 'error')}, {counted(len(findings) - errors, 'remark')}; {changed}", bad=errors > 0)
        self.found(checked, findings)
        self._keep()

    def _keep(self) -> None:
        """Have the browser ask before it leaves a text that is not saved."""
        if self._kept != self.draft.is_changed:
            self._kept = self.draft.is_changed
            self._editor.client.run_javascript(f"window.onbeforeunload = {'event => event.preventDefault()' if self._kept else 'null'}")

    def _tell(self, text: str, *, bad: bool = False) -> None:
        self._state.set_text(text)
        self._state.classes(add="bad" if bad else "", remove="" if bad else "bad")

    def reveal(self, line: int) -> None:
        """Show a line of the text, the cursor on it."""
        script = f"""const editor = getElement({self._editor.id}).editor;
            const line = editor.state.doc.line(Math.min({int(line)}, editor.state.doc.lines));
            editor.dispatch({{selection: {{anchor: line.from}}, scrollIntoView: true}}); editor.focus();"""
        ui.run_javascript(script)

    # ── Buttons ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _put(self, new: Callable[[str], str]) -> None:
        """Have the browser show what becomes of its text, which is the one that counts, also where edits of it were lost on their way.

        What is put there comes back as an edit, so that it has its place among those that are typed meanwhile.
        """
        while True:
            text = self._editor.value
            shown = await self._editor.run_method("replace", text, new(text), timeout=ANSWERS_WITHIN)
            if shown is None:
                return
            self._editor.set_value(shown)

    async def _save(self) -> None:
        await self._put(lambda text: text)
        if self._analysed is None or self._analysed.document.text != self._editor.value:
            self._changes += 1
            await self._check()
        if self.checked is None:
            return
        try:
            await run.io_bound(self.draft.save, self.checked, self._findings)
        except NotSavedError as error:
            self._tell(f"not saved: {error}", bad=True)
        else:
            self._tell("saved; a running proxy takes it up in a moment")
            self._keep()

    async def _format(self) -> None:
        await self._put(self._formatted)

    def _formatted(self, text: str) -> str:
        self.draft.text = text
        formatted = self.draft.formatted()
        if formatted is None:
            self._tell("not formatted: its errors of syntax come first", bad=True)
            return text
        return formatted

    async def _reload(self) -> None:
        try:
            self.draft.reload()
        except OSError as error:
            self._tell(f"it can't be read: {(error.strerror or str(error)).lower()}", bad=True)
            return
        read = self.draft.text
        await self._put(lambda text: read)
        self._changes += 1
        await self._check()

    # ── What if ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _again(self) -> None:
        self._cancel.set()
        self._tried = -1

    async def refresh(self) -> None:
        """Decide the last requests again where they or the text have changed."""
        if self.checked is None or self._trying or self._tried == self.window.changes:
            return
        if self._tried >= 0 and monotonic() - self._tried_at < TRIES_AGAIN:
            return
        policy = self.checked.policy
        if policy is None:
            self._tried = self.window.changes
            self._trial_part.tell("The text has errors, so that it decides nothing.")
            return
        self._trying = True
        changes = self.window.changes
        cancelled = self._cancel = Event()
        try:
            requests = self.window.newest(int(self._count.value or 0))[::-1]
            trial = await run.io_bound(tried, policy, requests, self.bill, self.deciders, cancelled)
        finally:
            self._trying = False
        if trial is not None and not cancelled.is_set():
            self._tried, self._tried_at, self._trial = changes, monotonic(), trial
            self._trial_part.show(trial)
            self._draw()

    def _open(self, seen: Seen) -> None:
        if self.checked is not None and self.checked.policy is not None:
            self.opened(seen, self.checked.policy)

    def _draw(self) -> None:
        """Draw the policy, where the picture is to be seen."""
        if self._expansion.value and self._trial is not None and self.checked is not None and self.checked.policy is not None:
            text = drawn(self.checked.policy, self._findings, self._trial.rules)
            self._picture._props["src"] = "data:image/svg+xml;base64," + b64encode(text.encode()).decode()
            self._picture.update()
