"""The page in a browser without a screen: heard, typed, dropped, edited, by keyboard, small."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from shutil import which
from typing import Any

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
CHROMIUM = which("chromium") or which("chromium-browser") or which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt install chromium")

Serving = Callable[..., AbstractContextManager[str]]
TOKEN = "correct-horse-battery"
EXAMPLE = Path("examples/play-rhapsody-in-blue.wav")
PATIENCE = 120_000
"""Milliseconds; a busy machine is no reason to fail."""


@pytest.fixture(scope="module")
def url(serving: Serving) -> Iterator[str]:
    """Where the page is."""
    with serving() as place:
        yield f"http://{place}/"


@pytest.fixture(scope="module")
def microphone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the browser hears instead of a microphone: speech, and a silence that ends it."""
    import numpy as np
    import soundfile as sf

    samples, rate = sf.read(EXAMPLE, dtype="int16")
    path = tmp_path_factory.mktemp("page") / "microphone.wav"
    silence = np.zeros(4 * rate, np.int16)
    sf.write(path, np.concatenate([silence[:rate], samples, silence]), rate)
    return path


@pytest.fixture(scope="module")
def browser(microphone: Path) -> Iterator[Any]:
    """Chromium with a microphone that says the example."""
    # What a test of the whole machine's network settings would be told is not for a local page.
    arguments = [
        "--no-sandbox",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={microphone}",
        "--autoplay-policy=no-user-gesture-required",
        "--host-resolver-rules=MAP mondegreen.test 127.0.0.1",
        "--no-proxy-server",
    ]
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield running
        running.close()


@pytest.fixture
def page(browser: Any, url: str) -> Iterator[Any]:
    """The page, opened; no error on its console may be left unexplained."""
    context = browser.new_context(
        permissions=["microphone"], viewport={"width": 900, "height": 900}
    )
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE)
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    opened.goto(url)
    opened.wait_for_selector("#model:not(:empty)")
    yield opened
    context.close()
    assert [fault for fault in faults if "status of 4" not in fault] == []


def _picture(page: Any, name: str) -> None:
    """A picture for people, where they ask for one."""
    folder = os.environ.get("MONDEGREEN_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def _results(page: Any) -> str:
    return str(page.inner_text("#results"))


def test_what_the_microphone_hears_is_understood_and_answered(page: Any) -> None:
    page.evaluate(
        "window.words = []; new MutationObserver(() => words.push("
        "document.getElementById('words').textContent)).observe("
        "document.getElementById('words'), {childList: true, characterData: true, subtree: true})"
    )
    with page.expect_response("**/v1/say", timeout=PATIENCE) as request:
        page.click("#talk")
        page.wait_for_selector("#results li")
    assert request.value.status == 200
    shown = _results(page)
    assert "PlayMusic" in shown
    assert "Rhapsody in Blue" in shown
    assert "Playing 'Rhapsody in Blue'." in shown
    assert "of sound in" in shown
    live = page.evaluate("window.words")
    assert any(text.endswith(" …") and "play" in text for text in live), live
    assert page.get_attribute("#talk", "aria-pressed") == "true"
    _picture(page, "heard")
    page.click("#talk")
    assert page.get_attribute("#talk", "aria-pressed") == "false"


def test_the_keyboard_is_enough(page: Any) -> None:
    page.evaluate("document.getElementById('aloud').checked = false")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(12):
        if page.evaluate("document.activeElement.id") == "sentence":
            break
        page.keyboard.press("Tab")
    page.keyboard.type("turn on the lights in the kitchen")
    page.keyboard.press("Enter")
    page.wait_for_selector("#results li")
    assert "kitchen" in _results(page)
    assert "typed" in _results(page)


def test_a_recording_is_understood(page: Any) -> None:
    page.evaluate("document.getElementById('aloud').checked = false")
    page.set_input_files("#file", EXAMPLE)
    page.wait_for_selector("#results li")
    assert "Rhapsody in Blue" in _results(page)
    page.set_input_files("#file", Path("README.md"))
    page.wait_for_selector("#trouble:not([hidden])")
    assert "not audio" in page.inner_text("#trouble")


def test_what_is_heard_is_text_and_nothing_else(page: Any) -> None:
    page.evaluate("document.getElementById('aloud').checked = false")
    page.evaluate(
        "import('./page/results.js').then(({showResult}) => showResult({status: 'understood',"
        "intent: '<img src=x onerror=window.hacked=1>', slots: [{name: '<b>', value: '<i>',"
        "confidence: 1}], alternatives: [], reply: '<script>window.hacked=1</script>',"
        "sources: [{title: '<img src=x onerror=window.hacked=1>', section: '<i>'}],"
        "transcript: '<u>', confidence: 1, audio_seconds: 0, compute_ms: 1, decided_at: null}))"
    )
    page.wait_for_selector("#results li")
    assert page.query_selector("#results img, #results script, #results u, #results i") is None
    assert page.evaluate("window.hacked") is None


def test_a_grammar_is_checked_while_it_is_typed(page: Any) -> None:
    page.fill("#grammar", "context:\n  expressions:\n    lamp: ['lamp $nothing:state']\n")
    page.wait_for_selector("#findings .error")
    assert "line 3" in page.inner_text("#findings")
    assert page.is_disabled("#use")
    _picture(page, "editor")
    page.fill("#grammar", "context:\n  expressions:\n    lamp: ['lamp [on, off]']\n")
    page.wait_for_selector("#use:enabled")
    assert "no errors" in page.inner_text("#findings-summary")


def test_a_microphone_that_is_refused_is_explained(browser: Any, url: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    page.wait_for_selector("#model:not(:empty)")  # before that nothing listens to the button
    page.click("#talk")
    page.wait_for_selector("#trouble:not([hidden])")
    assert "Allow it" in page.inner_text("#trouble")
    assert page.get_attribute("#talk", "aria-pressed") == "false"
    context.close()


def test_a_page_over_plain_http_says_why_it_may_not_listen(browser: Any, serving: Serving) -> None:
    with serving(TOKEN) as place:
        context = browser.new_context(viewport={"width": 320, "height": 640})
        _use_on_a_phone(context.new_page(), place.replace("127.0.0.1", "mondegreen.test"))
        context.close()


def _use_on_a_phone(page: Any, place: str) -> None:
    page.set_default_timeout(PATIENCE)
    page.goto(f"http://{place}/")
    page.wait_for_selector("#access:not([hidden])")
    page.fill("#token", TOKEN)
    page.click("#access button")
    page.wait_for_selector("#model:not(:empty)")
    page.click("#talk")
    page.wait_for_selector("#trouble:not([hidden])")
    assert "only to pages over https or on localhost" in page.inner_text("#trouble")
    page.fill("#sentence", "play rhapsody in blue")
    page.press("#sentence", "Enter")
    page.wait_for_selector("#results li")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    _picture(page, "phone")


def test_everything_has_a_name_for_a_screen_reader(page: Any) -> None:
    nameless = page.evaluate(
        "[...document.querySelectorAll('button, input, textarea, meter')].filter(e => !("
        "e.textContent.trim() || e.labels?.length || e.getAttribute('aria-label'))).map(e => e.id)"
    )
    assert nameless == []
    assert page.get_attribute("html", "lang") == "en"
    assert page.evaluate("document.querySelectorAll('h1').length") == 1
    assert page.get_attribute(".live", "aria-live") == "polite"
