"""The page in a real browser: what it shows, at the widths of a phone and of a screen, light and dark, by keyboard alone."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect

import ccproxy

from .browser import SECONDS, Served, chromium, live
from .records import answer, decision

HOSTILE = "<img src=x onerror=window.hacked=1>"
TEXT = """\
when tokens > 200k -> long because "only this one has the window"
when effort in ["high", "max"] -> think
when agent.class == "auxiliary" -> background
default -> default
"""
HERE = ("http://127.0.0.1:", "data:")
"""Where everything of the page comes from."""
WIDTHS, SCHEMES = (400, 1600), ("light", "dark")
expect.set_options(timeout=SECONDS * 1000)


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
    def page(self, width: int = 1600, scheme: str = "light") -> Iterator[Page]:
        """The page, opened anew in a browser of its own cookies, with its first requests shown."""
        context = self.browser.new_context(viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light")
        context.set_default_timeout(SECONDS * 1000)
        elsewhere: list[str] = []
        context.on("request", lambda request: None if request.url.startswith(HERE) else elsewhere.append(request.url))
        try:
            page = context.new_page()
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
    with (folder / "decisions.jsonl").open("wb") as file:
        for number in range(400):
            facts = {
                "tokens": 250_000 if number % 10 == 9 else 900 + number,
                "effort": "high" if number % 4 == 3 else "medium",
                "agent.class": "auxiliary" if number % 5 == 1 else "main",
            }
            record = decision(number, policy, facts, time=start + timedelta(seconds=3 * number), conversation=f"c{number % 3}")
            file.write(record.line() + answer(record, status=429 if number % 50 == 7 else 200, dollars=0.001 * (number % 30)).line())
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
        expect(opened).to_contain_text("goes to long")
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
@pytest.mark.parametrize("scheme", SCHEMES)
def test_by_keyboard_alone(site: Site, width: int, scheme: str) -> None:
    with site.page(width, scheme) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for _ in range(200):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.className") == "opens":
                break
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)


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
