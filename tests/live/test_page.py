"""The page in a real browser: what it shows, at the widths of a phone and of a screen, light and dark, by keyboard alone."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from random import Random
from threading import Thread
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, WebSocketRoute, expect

import ccproxy
from ccproxy.suite.case_files import read_case_file

from .browser import SECONDS, Served, chromium, live, settle
from .records import answer, decision

HOSTILE = "<img src=x onerror=window.hacked=1>"
TEXT = """\
when tokens > 200k              -> gemini-2.5-pro    because "only this one has the window"
when effort in ["high", "max"]  -> claude-opus-4-5   because "hard work is worth it"
when agent.class == "auxiliary" -> claude-haiku-4-5  because "titles and summaries are small"
default                         -> claude-sonnet-4-5
"""
CHEAPER = TEXT.replace("gemini-2.5-pro   ", "claude-haiku-4-5 ")
HERE = ("http://127.0.0.1:", "data:")
"""Where everything of the page comes from."""
WIDTHS = (400, 1600)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Site:
    """A config folder and the page that is served for it."""

    folder: Path
    served: Served
    browser: Browser

    @property
    def records(self) -> Path:
        return self.folder / "decisions.jsonl"

    def write(self, *lines: bytes) -> None:
        """Append records."""
        with self.records.open("ab") as file:
            file.write(b"".join(lines))

    @contextmanager
    def page(self, prepare: Callable[[Page], None] = lambda page: None, width: int = 1600) -> Iterator[Page]:
        """The page, opened anew in a browser of its own cookies, with its first requests shown."""
        context = self.browser.new_context(viewport={"width": width, "height": 900})
        context.set_default_timeout(SECONDS * 1000)
        elsewhere: list[str] = []
        context.on("request", lambda request: None if request.url.startswith(HERE) else elsewhere.append(request.url))
        try:
            page = context.new_page()
            prepare(page)
            page.goto(self.served.url)
            page.locator("button.opens").first.wait_for()
            yield page
            assert elsewhere == []
        finally:
            context.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    (folder / "policy.ccp").write_text(TEXT)
    policy = ccproxy.load(folder / "policy.ccp")
    start = datetime.now(UTC) - timedelta(minutes=20)
    by_chance = Random(18)
    with (folder / "decisions.jsonl").open("wb") as file:
        for number in range(400):
            alias, size = by_chance.choice(("ana", "ben", "ci")), round(by_chance.lognormvariate(10, 1.2))
            facts = {
                "tokens": min(size, 400_000),
                "effort": by_chance.choices(("medium", "high", "low"), (6, 2, 1))[0],
                "agent.class": by_chance.choices(("main", "auxiliary", "sub"), (6, 3, 1))[0],
                "key.alias": alias,
            }
            record = decision(number, policy, facts, time=start + timedelta(seconds=3 * number), conversation=f"{alias}{number % 4}")
            status = 429 if number % 50 == 7 else 200
            answered = answer(record, status=status, dollars=size / 300_000, read=size, written=200, seconds=0.4 + size / 40_000)
            file.write(record.line() + answered.line())
    with chromium() as browser, live(folder) as served:
        yield Site(folder, served, browser)


def hostile(site: Site, number: int) -> bytes:
    """A record of now whose model, label and facts are HTML."""
    record = json.loads(decision(number, ccproxy.load(site.folder / "policy.ccp"), {"effort": "low"}, time=datetime.now(UTC)).line())
    return json.dumps({**record, "model": HOSTILE, "label": HOSTILE, "rule": HOSTILE, "facts": {"effort": HOSTILE}}).encode() + b"\n"


def test_a_request_is_shown_as_it_comes_and_can_be_opened(site: Site) -> None:
    policy = ccproxy.load(site.folder / "policy.ccp")
    with site.page() as page:
        record = decision(1000, policy, {"tokens": 250_000}, time=datetime.now(UTC))
        site.write(record.line())
        first = page.locator(".requests tbody tr").first
        expect(first).to_contain_text("only this one has the window")
        site.write(answer(record, dollars=0.0321).line())
        expect(first).to_contain_text("$0.0321")
        first.locator("button.opens").click()
        opened = page.get_by_role("dialog")
        expect(opened).to_contain_text("250000")
        expect(opened).to_contain_text("tokens > 200k")
        expect(opened).to_contain_text("goes to gemini-2.5-pro")
        page.keyboard.press("Escape")
        expect(opened).to_have_count(0)


def test_a_hostile_record_is_text(site: Site) -> None:
    with site.page() as page:
        site.write(hostile(site, 2000))
        row = page.locator(".requests tbody tr").first
        expect(row).to_contain_text(HOSTILE)
        row.locator("button.opens").click()
        expect(page.get_by_role("dialog")).to_contain_text(HOSTILE)
        assert page.evaluate("window.hacked") is None
        assert page.locator("img[src='x']").count() == 0


@pytest.mark.parametrize("width", WIDTHS)
def test_by_keyboard_alone(site: Site, width: int) -> None:
    with site.page(width=width) as page:
        page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=width)
        expect(page.locator(".cm-content")).to_have_attribute("contenteditable", "true")
        names = reached(page)
        assert names[-1] == "the end"
        for name in (
            "Skip to the policy",
            "by label",
            "Pause",
            "Open the request of",
            "Text of the policy",
            "Save",
            "Format",
            "Reload",
            "Of the last",
            "as a picture",
        ):
            assert any(name in told for told in names), f"{name} is not among {names}"
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            expect(page.locator(f"body.body--{scheme}")).to_have_count(1)
            settle(page)
            assert violations(page) == []
            page.locator("button.opens").first.focus()
            page.keyboard.press("Enter")
            expect(page.get_by_role("dialog")).to_be_visible()
            expect(page.locator(".q-dialog__inner--animating")).to_have_count(0)
            assert violations(page, ".opened") == []
            page.keyboard.press("Escape")
            expect(page.get_by_role("dialog")).to_have_count(0)
            expect(page.locator("button.opens").first).to_be_focused()


def violations(page: Page, part: str = "body") -> list[str]:
    """What axe finds in a part of the page: contrast, names, roles, landmarks."""
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text("utf-8"))
    found = page.evaluate("part => axe.run(part)", part)["violations"]
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]


def reached(page: Page) -> list[str]:
    """The names of what the Tab key leads to, one after the other; out of the editor it takes the key Escape before."""
    page.evaluate("document.activeElement.blur()")
    names: list[str] = []
    for _ in range(150):
        if names and "Text of the policy" in names[-1]:
            page.keyboard.press("Escape")
        page.keyboard.press("Tab")
        told: str = page.evaluate("""() => { const at = document.activeElement;
            return at === document.body ? "the end" : at.ariaLabel || at.closest("[aria-label]:not(section)")?.ariaLabel
                || at.closest("label")?.innerText || at.innerText }""")
        names.append(told)
        if told == "the end":
            break
    return names


# ── The figures ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_figures_grow_with_the_requests(site: Site) -> None:
    policy = ccproxy.load(site.folder / "policy.ccp")
    with site.page() as page:
        long = page.locator(".rows:not(.requests)").first.locator("tbody tr", has_text="gemini-2.5-pro")
        before = int(long.locator("td").nth(1).inner_text())
        record = decision(3000, policy, {"tokens": 250_000, 'quota("gemini-2.5-pro")': 63}, time=datetime.now(UTC))
        site.write(record.line(), answer(record, status=529).line())
        expect(long.locator("td").nth(1)).to_have_text(str(before + 1))
        expect(long).to_contain_text("63 %")
        expect(page.locator(".requests tbody tr").first).to_contain_text("failed with 529")
        expect(page.locator(".chart svg")).to_have_count(2)
        expect(page.locator(".legend").first).to_contain_text("claude-opus-4-5")
        page.get_by_role("radio", name="by rule").click()
        expect(page.locator(".legend").first).to_contain_text("policy.ccp:2")
        expect(page.locator(".proxy")).to_contain_text("no proxy runs")


# ── The policy ───────────────────────────────────────────────────────────────────────────────────────────────────────


def write(page: Page, text: str) -> None:
    """Put a text into the editor, by its keyboard."""
    page.locator(".cm-content[contenteditable=true]").click()  # as soon as it is connected
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(text)


def state(page: Page) -> Locator:
    return page.locator(".policy .state")


def test_an_edit_is_checked_and_tried_as_one_types(site: Site) -> None:
    with site.page() as page:
        expect(page.locator(".what-if .sums")).to_contain_text("would move0")
        expect(page.locator(".cm-content .code-word").nth(4)).to_be_attached()
        write(page, TEXT.replace("tokens > 200k", "tokns > 200k"))
        expect(state(page)).to_contain_text("1 error")
        expect(page.locator(".found-error")).to_have_text("tokns")
        expect(page.locator(".findings")).to_contain_text("tokens")
        expect(page.locator(".told")).to_contain_text("has errors")
        write(page, CHEAPER)
        expect(state(page)).to_contain_text("0 errors")
        expect(page.locator(".moves")).to_contain_text("gemini-2.5-pro → claude-haiku-4-5")
        write(page, "when max_tokens > 5 -> cheap\n" + TEXT)
        expect(page.locator(".moves")).to_contain_text("undecided, as records have no max_tokens")


def test_which_requests_move_is_one_click_away(site: Site) -> None:
    with site.page() as page:
        write(page, CHEAPER)
        page.locator(".moves button", has_text="gemini-2.5-pro → claude-haiku-4-5").first.click()
        listed = page.get_by_role("dialog")
        listed.locator("button.opens").first.click()
        expect(page.get_by_role("dialog").nth(1)).to_contain_text("goes to claude-haiku-4-5")


def test_typing_loses_nothing_and_is_completed(site: Site) -> None:
    with site.page() as page:
        write(page, "")
        text = 'when tokens > 5 and effort in ["high"] -> think because "\U0001f600 it is"\n'
        page.keyboard.type(text, delay=8)
        expect(page.locator(".cm-content")).to_contain_text('-> think because "\U0001f600 it is"')
        page.keyboard.type("default -> default\nwhen agent.cl")
        page.keyboard.press("Control+Space")
        expect(page.locator(".cm-tooltip-autocomplete")).to_contain_text("agent.class")
        page.wait_for_timeout(500)  # the editor takes no key for an answer that comes sooner than one can read
        page.keyboard.press("Enter")
        expect(page.locator(".cm-line").nth(2)).to_have_text("when agent.class")


def test_it_is_formatted_and_drawn_with_hits(site: Site) -> None:
    with site.page() as page:
        write(page, "when   tokens>200k->long\ndefault->default\n")
        page.get_by_role("button", name="Format").click()
        expect(page.locator(".cm-line").first).to_have_text("when tokens > 200k -> long")
        expect(state(page)).to_contain_text("changed, not saved")
        page.get_by_text("Its rules as a picture").click()
        picture = page.locator(".picture img")
        expect(picture).to_have_attribute("src", re.compile("^data:image/svg"))
        expect(picture).to_have_js_property("complete", True)
        svg = b64decode((picture.get_attribute("src") or "").partition(",")[2]).decode()
        assert re.search(r"\d+ requests", svg)


def test_what_is_saved_is_what_is_shown(site: Site) -> None:
    path = site.folder / "policy.ccp"
    held: list[WebSocketRoute] = []

    def hold(socket: WebSocketRoute) -> None:
        held.append(socket)

    with site.page(lambda page: page.route_web_socket(re.compile("socket.io"), hold)) as page:
        expect(page.locator(".cm-content")).to_have_attribute("contenteditable", "false")  # until it is connected
        server = held[0].connect_to_server()
        try:
            write(page, "when   tokens>200k->long\ndefault->default\n")
            for number in range(5):  # typed while it is formatted
                page.keyboard.press("Shift+Alt+f")
                page.keyboard.type(f"#  {number}\n")
                page.keyboard.press("Shift+Alt+f")
            expect(page.locator(".cm-line").first).to_have_text("when tokens > 200k -> long")
            saved(page, path)
            held[0].on_message(lambda message: None if '"event"' in str(message) and "late" in str(message) else server.send(message))
            page.keyboard.insert_text("# late, and lost on its way\n")
            page.keyboard.insert_text("# the last\n")
            saved(page, path)
            assert "# late, and lost on its way\n# the last" in path.read_text()
        finally:
            path.write_text(TEXT)


def saved(page: Page, path: Path) -> None:
    """Save what was changed, and see that the file has what the editor shows."""
    expect(state(page)).to_contain_text("changed, not saved")
    page.get_by_role("button", name="Save").click()
    expect(state(page)).to_contain_text("saved; a running proxy takes it up")
    shown = page.evaluate("getElement(document.querySelector('.editor')).editor.state.doc.toString()")
    assert path.read_text() == shown


def test_it_is_saved_but_neither_with_errors_nor_over_another_s_change(site: Site) -> None:
    path = site.folder / "policy.ccp"
    with site.page() as page:
        try:
            write(page, "default -> default\n# mine\n")
            page.wait_for_function("window.onbeforeunload !== null")  # it asks before the text is lost
            page.get_by_role("button", name="Save").click()
            expect(state(page)).to_contain_text("saved; a running proxy takes it up")
            page.wait_for_function("window.onbeforeunload === null")
            assert path.read_text() == "default -> default\n# mine\n"
            write(page, "default -> \n")
            page.keyboard.press("Control+s")
            expect(state(page)).to_contain_text("not saved: it has errors")
            path.write_text("default -> theirs\n")
            write(page, "default -> mine\n")
            page.get_by_role("button", name="Save").click()
            expect(state(page)).to_contain_text("not saved: the file was changed by somebody else")
            assert path.read_text() == "default -> theirs\n"
            page.get_by_role("button", name="Reload").click()
            expect(page.locator(".cm-line").first).to_have_text("default -> theirs")
        finally:
            path.write_text(TEXT)


def test_a_finding_has_a_witness_for_the_case_file(site: Site) -> None:
    cases = site.folder / "policy.cases.yaml"
    with site.page() as page:
        write(page, TEXT + "assert when tokens > 100k -> only gemini-2.5-pro\n")
        page.get_by_role("button", name="Open its witness").click()
        opened = page.get_by_role("dialog")
        expect(opened).to_contain_text("The request")
        expect(opened).to_contain_text("rules tried")
        opened.get_by_role("button", name="Add to the case file").click()
        expect(opened).to_contain_text("added to policy.cases.yaml")
        read = read_case_file(cases.read_bytes(), cases.name, cases)
        assert [case.name for case in read.cases] == ["assertion-broken on line 5"]
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Line 5").click()
        expect(page.locator(".cm-content")).to_be_focused()
        page.keyboard.type("# here ")
        expect(page.locator(".cm-line").nth(4)).to_contain_text("# here assert")
    cases.unlink()


# ── Who may look ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/", "/?token=wrong", "/_nicegui_ws/socket.io/?EIO=4&transport=polling"])
def test_without_the_token_there_is_nothing(site: Site, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(site.served.origin + path, timeout=SECONDS)
    assert refused.value.code == 403


class OtherPage(BaseHTTPRequestHandler):
    """A page of another origin on this machine."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>other</title>")

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


TRY_ALL = """async (origin) => {
  const socket = await new Promise(done => {
    const socket = new WebSocket(origin.replace("http", "ws") + "/_nicegui_ws/socket.io/?EIO=4&transport=websocket");
    socket.onopen = () => done("open"); socket.onerror = () => done("refused");
  });
  const fetched = await fetch(origin + "/", {credentials: "include"}).then(answer => answer.text(), () => "refused");
  const opaque = await fetch(origin + "/", {credentials: "include", mode: "no-cors"}).then(answer => answer.type, () => "refused");
  const frame = await new Promise(done => {
    const frame = document.createElement("iframe"); frame.src = origin + "/"; frame.onload = () => {
      try { done(frame.contentDocument ? "read" : "closed") } catch { done("closed") } };
    document.body.append(frame);
  });
  return [socket, fetched, opaque === "opaque" ? "refused" : opaque, frame];
}"""


def test_a_page_of_another_origin_can_neither_read_nor_write(site: Site) -> None:
    other = ThreadingHTTPServer(("127.0.0.1", 0), OtherPage)
    Thread(target=other.serve_forever, daemon=True).start()
    try:
        with site.page() as page:
            # the browser has the cookie, which is sent to all ports of a host from its own site
            elsewhere = page.context.new_page()
            elsewhere.goto(f"http://127.0.0.1:{other.server_port}/")
            assert elsewhere.evaluate(TRY_ALL, site.served.origin) == ["refused", "refused", "refused", "closed"]
    finally:
        other.shutdown()
        other.server_close()
