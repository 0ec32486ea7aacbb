"""The page of a replay in a real browser: what it loads, draws and filters, at the widths of a phone and of a screen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.cli.run import ccproxy
from tests.live.browser import SECONDS, chromium
from tests.replay.given_session import SESSION, TRANSCRIPT

HOSTILE = "<img src=x onerror=hacked=1>"
WIDTHS, SCHEMES = (400, 1600), ("light", "dark")
CONFIG = """
model_list:
  - {model_name: default, litellm_params: {model: anthropic/claude-sonnet-5}}
  - {model_name: think, litellm_params: {model: anthropic/claude-opus-5-5}}
"""
LABELS = "texts => texts.map(one => [one.textContent, one.getBoundingClientRect().left, one.getBoundingClientRect().right])"
OLD = "default -> default\n"
NEW = f"""\
when agent.class == "subagent" -> think
when model == "{HOSTILE}" -> "{HOSTILE}2"
when quota("default") > 5 -> think
default -> default
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page for two policies, and one for one."""
    folder = tmp_path_factory.mktemp("page")
    for name, text in (("config.yaml", CONFIG), ("old.ccp", OLD), ("new.ccp", NEW)):
        (folder / name).write_text(text)
    (folder / "asked.jsonl").write_text(
        "".join(json.dumps({"model": model, "messages": [{"role": "user", "content": "SECRET"}]}) + "\n" for model in (HOSTILE, "m"))
    )
    sources = (TRANSCRIPT, SESSION / TRANSCRIPT.stem, folder / "asked.jsonl")
    for policies in (("-p", folder / "old.ccp", "--against", folder / "new.ccp"), ("-p", folder / "new.ccp")):
        page = folder / f"{len(policies)}.html"
        result = ccproxy("replay", *sources, *policies, "--config", folder / "config.yaml", "--html", page)
        assert result.exit_code == 0, result.output
    result = ccproxy("replay", folder / "asked.jsonl", "-p", folder / "new.ccp", "--html", folder / "unanswered.html")
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@contextmanager
def opened(browser: Browser, path: Path, width: int = 1600, scheme: str = "light") -> Iterator[Page]:
    """A page; nothing is loaded but itself, and nothing goes wrong in it."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light")
    context.set_default_timeout(SECONDS * 1000)
    loaded: list[str] = []
    wrong: list[str] = []
    context.on("request", lambda request: loaded.append(request.url))
    try:
        page = context.new_page()
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(path.as_uri())
        page.locator("#flow .sankey-node").first.wait_for()
        yield page
        assert loaded == [path.as_uri()]
        assert wrong == []
        assert page.evaluate("window.hacked") is None
    finally:
        context.close()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_charts_are_drawn_and_readable(browser: Browser, folder: Path, width: int, scheme: str) -> None:
    with opened(browser, folder / "4.html", width, scheme) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == width
        # the day of the session, by label
        expect(page.locator("#days .barlayer .trace")).to_have_count(3)
        expect(page.locator("#days .scatterlayer .trace")).to_have_count(2)
        expect(page.locator("#flow .sankey-node")).to_have_count(4)
        expect(page.locator("#undecided .barlayer .point")).to_have_count(1)
        paper, ink = page.evaluate("(style => [style.backgroundColor, style.color])(getComputedStyle(document.body))")
        assert (luminance(paper) < 0.15 < 0.6 < luminance(ink)) if scheme == "dark" else (luminance(ink) < 0.2 < 0.9 < luminance(paper))
        for text, left, right in page.locator(".chart text").evaluate_all(LABELS):
            assert 0 <= left <= right <= width, text
        assert page.locator("#flow .node-label").first.evaluate("node => getComputedStyle(node).fill") == ink


def luminance(colour: str) -> float:
    """How bright `rgb(1, 2, 3)` is, from 0 to 1, roughly."""
    return sum(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")) / 765


def test_charts_follow_the_colours_of_the_system(browser: Browser, folder: Path) -> None:
    with opened(browser, folder / "4.html") as page:
        page.emulate_media(color_scheme="dark")
        ink = page.evaluate("getComputedStyle(document.body).color")
        expect(page.locator("#flow .node-label").first).to_have_css("fill", ink)


def test_charts_become_as_narrow_as_the_window(browser: Browser, folder: Path) -> None:
    with opened(browser, folder / "4.html") as page:
        page.set_viewport_size({"width": 400, "height": 900})
        for chart in ("days", "flow", "undecided"):
            expect(page.locator(f"#{chart} .main-svg").first).to_have_css("width", "368px")  # but for the margins of the page


def test_the_list_of_changes_is_filtered(browser: Browser, folder: Path) -> None:
    with opened(browser, folder / "4.html") as page:
        rows = page.locator("#changes tbody tr:visible")
        expect(page.locator("#shown")).to_have_text("3 of 3: 7 requests, +$0.0152")
        expect(rows).to_have_count(3)
        page.get_by_label("Filter by label, rule or file").fill("THINK new.ccp:1 agent-a9")
        expect(rows).to_have_count(1)
        expect(rows).to_contain_text("default (old.ccp:1)")
        page.get_by_label("Filter by label, rule or file").fill("nothing like it")
        expect(rows).to_have_count(0)
        expect(page.locator("#shown")).to_have_text("0 of 3: 0 requests, +$0.0000")


def test_with_one_policy_requests_come_from_where_they_went(browser: Browser, folder: Path) -> None:
    with opened(browser, folder / "2.html") as page:
        expect(page.locator("#flow")).to_contain_text("claude-opus-5-5")
        expect(page.locator("#changes")).to_contain_text(f"{HOSTILE}2 (new.ccp:2)")


def test_without_an_answer_no_dollars_are_told(browser: Browser, folder: Path) -> None:
    with opened(browser, folder / "unanswered.html") as page:
        expect(page.locator("#shown")).to_have_text("1 of 1: 1 requests")
        expect(page.locator("#days")).to_have_count(0)
        expect(page.locator("body")).not_to_contain_text("$")


def test_no_text_of_a_prompt_and_no_path_of_the_machine(folder: Path) -> None:
    for page in folder.glob("*.html"):
        text = page.read_text("utf-8")
        assert "MARK" not in text
        assert "SECRET" not in text
        assert str(folder) not in text
        assert HOSTILE not in text


def test_no_page_without_plotly_or_where_it_cannot_be_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("replay", folder / "asked.jsonl", "-p", folder / "old.ccp", "--html")
    result = ccproxy(*arguments, folder / "none" / "page.html")
    assert (result.exit_code, "can't be written: no such file or directory" in result.stderr) == (2, True)
    monkeypatch.setattr("ccproxy.cli.replay.find_spec", lambda name: None)
    result = ccproxy(*arguments, folder / "page.html")
    assert (result.exit_code, "--html needs Plotly" in result.stderr) == (2, True)
    assert not (folder / "page.html").exists()
