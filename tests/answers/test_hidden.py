"""What a page's own styles hide is not read, and what they show is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.answers.pages.html import read_html


def is_read(attributes: str, style: str = "", *, inside: str = "<style>") -> bool:
    html = f"{inside}{style}</style><p>Seen.</p><p {attributes}>Secret.</p>"
    (page,) = read_html(html.encode(), "a")
    texts = [block.text for block in page.blocks]
    assert texts[0] == "Seen."
    return "Secret." in texts


@pytest.mark.parametrize(
    "style",
    [
        "display:none", "DISPLAY : None !important", "visibility: hidden", "font-size:0px",
        "position:absolute;left:-9999px", "text-indent:-9999em", "margin-left:-5000px",
        "clip:rect(0,0,0,0)", "clip: rect(1px 1px 1px 1px)", "clip-path:inset(50%)",
        "width:0;height:0;overflow:hidden", "height:1px;overflow:hidden",
        "color:#fff;background:#FFFFFF", "color:white; background-color: rgb(255, 255, 255)",
        "transform:translateX(-9999px)", "color:#123;background-color:#123",
    ],
)  # fmt: skip
def test_a_style_hides_in_place_and_by_a_rule(style: str) -> None:
    assert not is_read(f'style="{style}"')
    assert not is_read("class='x note y'", f"b{{color:red}} .note{{{style}}}")


@pytest.mark.parametrize(
    "style",
    [
        "display:block", "font-size:0.9em", "font-size:09px", "left:-20px", "text-indent:-1.5em",
        "overflow:hidden", "width:0.5em;overflow:hidden", "color:#fff;background:#000",
        "color:#fff",
        "clip-path:circle(50%)", "color:#fff;background:#fff url(dark.png)",
        "clip:rect(0,9px,9px,0)",
        "nonsense", ":;:",
    ],
)  # fmt: skip
def test_other_styles_hide_nothing(style: str) -> None:
    assert is_read(f'style="{style}"')
    assert is_read("class=note", f".note{{{style}}}")


@pytest.mark.parametrize(
    ("attributes", "style", "read"),
    [
        ("id=n", "#n{display:none}", False),
        ("class=n", "a, p.n , b { display:none }", False),
        ("class=n", "div.n{display:none}", True),
        ("class=N", ".n{display:none}", True),
        ("class=n", ".n.m{display:none}", True),
        ("class='tab on'", ".tab.on{display:block} .tab{display:none}", True),
        ("class=n", ".n{display:none} .n{display:block}", True),
        ("class=n", ".n{display:none!important} .n{display:block}", False),
        ("class=n style='display:block'", ".n{display:none}", True),
        ("class=n", "@media print{.n{display:none}} @import 'x';", True),
        ("class=n", "@import 'x'; @media print{.m{color:red}} .n{display:none}", False),
        ("class=n", "div .n{display:none} .n:hover{display:none} *{display:none}", True),
        ("class=n", "/* .n{ */ .n{display:none}", False),
        ("class=n", "<!-- .n{display:none} -->", False),
        ("", "body{visibility:hidden}", True),
    ],
)
def test_rules_count_by_what_they_select(attributes: str, style: str, read: bool) -> None:
    assert is_read(attributes, style) == read


def test_rules_for_other_media_hide_nothing() -> None:
    assert is_read("class=n", ".n{display:none}", inside="<style media='print'>")
    assert not is_read("class=n", ".n{display:none}", inside="<style media=screen>")


@given(st.text("{}.#n;:@/*> ", max_size=40), st.text("{};:!-0", max_size=20))
def test_broken_styles_break_nothing(style: str, own: str) -> None:
    (page,) = read_html(f"<style>{style}</style><p>Seen.<p class=n style='{own}'>x".encode(), "a")
    assert page.blocks[0].text == "Seen."


def test_many_rules_take_no_time(calls: Callable[[Callable[[], object], int], int]) -> None:
    rules = "".join(f".a.b{n}.c{{display:none}}" for n in range(5_000))
    rules += "{" * 20_000 + "/*" * 20_000
    page = f"<style>{rules}</style>{'<style>' * 5_000}</style>{'<p class=c>x' * 2_000}".encode()
    assert calls(lambda: read_html(page, "a"), 1_500_000) > 0
