"""`ccproxy demo --live` in a real browser: a real proxy, its requests as they come, and an edit that it takes up."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

from playwright.sync_api import expect

from .browser import SECONDS, chromium, serving, settle, shoot

LARGEST = 130_000
"""Bytes that a screenshot may have: they are in the repository."""


def test_the_demo_opens_a_browser_shows_its_requests_and_takes_up_an_edit(tmp_path: Path) -> None:
    shots = Path(os.environ.get("CCPROXY_SCREENSHOTS", tmp_path))
    command, given = tmp_path / "browser", tmp_path / "given"
    command.write_text(f'#!/bin/sh\nprintf %s "$1" > {given}.new && mv {given}.new {given}\n')
    command.chmod(0o700)
    screen = {"DISPLAY": ":0", "BROWSER": f"{command} %s"}
    with chromium() as browser, serving(tmp_path, "demo", "--live", screen=screen) as served:
        page = browser.new_page(viewport={"width": 1280, "height": 760}, color_scheme="light")
        page.set_default_timeout(SECONDS * 1000)
        until = time.monotonic() + SECONDS
        while not given.exists():
            assert time.monotonic() < until, "no browser was started"
            time.sleep(0.05)
        opened = given.read_text()
        assert opened.startswith("file:"), "others on this machine see what a command is given"
        page.goto(opened)
        page.wait_for_url(f"{served.origin}/")
        expect(page.locator(".pill")).to_contain_text("running on 127.0.0.1:")
        expect(page.locator(".requests tbody tr").nth(9)).to_be_visible(timeout=SECONDS * 1000)
        expect(page.locator(".what-if .sums")).to_contain_text("would move0")
        before = page.locator(".proxy").inner_text()
        page.locator(".cm-content[contenteditable=true]").click()
        page.keyboard.press("Control+End")
        page.keyboard.insert_text("\n# looked at\n")
        expect(page.locator(".state")).to_contain_text("changed, not saved")
        page.keyboard.press("Control+s")
        expect(page.locator(".state")).to_contain_text("saved; a running proxy")
        policy = (re.search(r"policy (\w+)", before) or [""])[0]
        expect(page.locator(".proxy")).not_to_contain_text(policy)
        expect(page.locator(".proxy")).to_contain_text("last reload")
        # what the records leave out of requests, their own decisions tell; whatever gets as far as here was asked for its class
        page.locator(".cm-line", has_text="when effort in").click()
        page.keyboard.press("Home")
        page.keyboard.insert_text('when agent.class == "subagent" -> background because "a subagent looks things up"\n')
        expect(page.locator(".moves")).to_contain_text("default → background")
        expect(page.locator(".what-if .sums")).to_contain_text("undecided0")
        for name, width, dark in (("live-light", 1280, False), ("live-dark", 1280, True), ("live-narrow", 400, True)):
            page.set_viewport_size({"width": width, "height": 760})
            page.emulate_media(color_scheme="dark" if dark else "light")
            expect(page.locator(f"body.body--{'dark' if dark else 'light'}")).to_have_count(1)
            settle(page)
            shoot(page, shots / f"{name}.webp")
            assert (shots / f"{name}.webp").stat().st_size < LARGEST
