"""Each kind of page is read as a person would read it out."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from mondegreen.answers.pages.page import Page, read_page
from mondegreen.answers.passages import passages
from mondegreen.answers.sentences import sentences
from mondegreen.errors import DataError, SettingsError


def read(tmp_path: Path, name: str, data: str | bytes) -> Page:
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    (page,) = read_page(path)
    return page


def texts(page: Page) -> list[str]:
    return [block.text for block in page.blocks]


def test_html_is_its_main_text_in_sections(tmp_path: Path) -> None:
    page = read(
        tmp_path,
        "a.html",
        """<!doctype html><html><head><title>Site: Bees</title><style>p{color:red}</style>
        <link rel="canonical" href="https://example.org/bees"></head><body>
        <header><a href=/>Home</a></header><nav><p>Menu of things</p></nav>
        <article><h1>Bees</h1><p>Bees make <b>honey</b>&nbsp;&amp; wax.<p>They dance.
        <h2 id=hive>The hive</h2><ul><li>queen<li>drones</ul>
        <table><tr><th>kind<th>number</tr><tr><td>queens<td>1</tr><tr><td>drones<td>300</table>
        <div hidden>secret</div><div style="display: none">secret</div><!-- secret -->
        <p aria-hidden=true>secret</p><noscript>secret</noscript><script>alert("secret")</script>
        </article><footer><p>Imprint</p></footer></body></html>""",
    )
    assert (page.title, page.link) == ("Bees", "https://example.org/bees")
    assert texts(page) == [
        "Bees make honey & wax.", "They dance.", "queen", "drones", "queens: number 1.",
        "drones: number 300.",
    ]  # fmt: skip
    assert [block.section for block in page.blocks] == ["", "", *["The hive"] * 4]
    assert page.blocks[-1].anchor == "hive"


def test_html_without_a_main_part_is_read_all_the_same(tmp_path: Path) -> None:
    page = read(tmp_path, "a.htm", "<p>One.</p></div></p><p>Two &lt;script&gt;.<br>Three")
    assert texts(page) == ["One.", "Two <script>. Three"]


def test_comments_without_an_end_take_no_time(
    tmp_path: Path, calls: Callable[[Callable[[], object], int], int]
) -> None:
    page = read(
        tmp_path, "a.html", "<!-- a > b --><!doctype html><p>One.<!-- <p>two --><? php ?> 3"
    )
    assert texts(page) == ["One. 3"]
    for mark in ("<!--", "<!", "<?", "<a ", "</"):
        path = tmp_path / "b.html"
        path.write_text("<p>Text." + mark * 20_000, "utf-8")
        assert calls(lambda path=path: read_page(path), 200_000) > 0


def test_markdown(tmp_path: Path) -> None:
    page = read(
        tmp_path, "a.md",
        "---\ntitle: Trees\n---\n# Intro\n\nAn *oak* is a [tree](http://x.y).\n![](x.png)\n\n"
        "```\ncode\n```\n\n## Old trees\n- one\n- two\n\n|a|b|\n|-|-|\n|x|1|\n",
    )  # fmt: skip
    assert page.title == "Trees"
    assert texts(page) == ["An oak is a tree.", "one", "two", "x: b 1."]
    assert page.blocks[1].section == "Intro › Old trees"
    assert page.blocks[1].anchor == "old-trees"


def test_json_facts_and_question_sets(tmp_path: Path) -> None:
    facts = {"Geography": {"Area": {"total": {"text": "5 sq km &amp; more"}}}, "name": "Ata"}
    page = read(tmp_path, "a.json", json.dumps(facts))
    assert page.title == "Ata"
    assert texts(page)[0] == "Area, total: 5 sq km & more"
    squad = {"data": [{"title": "Big_Bang", "paragraphs": [{"context": "It began.", "qas": []}]}]}
    page = read(tmp_path, "b.json", json.dumps(squad))
    assert (page.title, texts(page)) == ("Big Bang", ["It began."])


@pytest.mark.parametrize("place", ["articles", "data", "pages of the site", None])
def test_json_articles_are_pages_whatever_holds_them(tmp_path: Path, place: str | None) -> None:
    articles = [{"title": f"T{n}", "text": f"Text {n}."} for n in range(2)]
    held = articles if place is None else {"site": "x", place: articles, "tags": ["a"]}
    path = tmp_path / "a.json"
    path.write_text(json.dumps(held), "utf-8")
    pages = read_page(path)
    assert [(page.title, texts(page)) for page in pages] == [
        ("T0", ["Text 0."]), ("T1", ["Text 1."])
    ]  # fmt: skip


def test_json_lists_of_other_things_are_facts(tmp_path: Path) -> None:
    towns = {"towns": [{"name": "Ata", "area": 5}, {"title": "Oz", "text": "Far."}]}
    assert "area: 5" in texts(read(tmp_path, "a.json", json.dumps(towns)))
    whole = {"title": "Ata", "text": "An island.", "links": [{"title": "Oz", "text": "Far."}]}
    page = read(tmp_path, "b.json", json.dumps(whole))
    assert (page.title, texts(page)) == ("Ata", ["An island."])


def test_epub(tmp_path: Path) -> None:
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w") as archive:
        archive.writestr("META-INF/container.xml", '<rootfile full-path="in/book.opf"/>')
        archive.writestr(
            "in/book.opf",
            '<dc:title>Whales</dc:title><item id="b" href="two.xhtml"/>'
            '<item href="one.xhtml" id="a"/><itemref idref="a"/><itemref idref="b"/>',
        )
        archive.writestr("in/one.xhtml", "<h1>Loomings</h1><p>Call me Ishmael.</p>")
        archive.writestr("in/two.xhtml", "<h1>Bag</h1><p>I stuffed a shirt.</p>")
    path = tmp_path / "a.epub"
    path.write_bytes(book.getvalue())
    first, second = read_page(path)
    assert (first.title, texts(first)) == ("Whales: Loomings", ["Call me Ishmael."])
    assert second.title == "Whales: Bag"


def test_encodings(tmp_path: Path) -> None:
    for number, data in enumerate(
        [
            "Café über".encode("cp1252"), "Café über".encode("utf-16"),
            "Café über".encode("utf-8-sig"),
        ]
    ):  # fmt: skip
        assert texts(read(tmp_path, f"{number}.txt", data)) == ["Café über"]
    stated = "<meta charset=iso-8859-2><p>Łódź".encode("iso-8859-2")
    assert texts(read(tmp_path, "l.html", stated)) == ["Łódź"]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.html", b"", "the file is empty"),
        ("a.html", b"<script>only()</script>", "no text was found"),
        ("a.txt", bytes(range(256)) * 20, "bytes that are no text"),
        ("a.json", b"[1", "not JSON"),
        ("a.json", b"[" * 100_000, "nested too deeply|not JSON"),
        ("a.epub", b"PK nothing", "the book cannot be read"),
        ("a.pdf", b"%PDF-1.7", "the PDF cannot be read"),
    ],
)
def test_what_is_no_page_is_said(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    pytest.importorskip("pypdf", reason="needs the extra 'answer'")
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(DataError, match=rf"{name}: .*({message})"):
        read_page(path)


def test_a_page_of_more_than_64_mb_or_of_no_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.truncate((64 << 20) + 1)
    with pytest.raises(DataError, match=r"a\.txt: has more than 64 MB") as refused:
        read_page(path)
    assert str(refused.value).count("a.txt") == 1
    with pytest.raises(SettingsError, match="unknown kind of page 'exe'"):
        read_page(tmp_path / "a.exe")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Dr. Smith of the U.S. Army met J. Doe. He left.",
         ["Dr. Smith of the U.S. Army met J. Doe.", "He left."]),
        ('"Stop." He ran. It cost 3.5 million.', ['"Stop."', "He ran.", "It cost 3.5 million."]),
        ("It grew, e.g. in 1990. Acme Inc. Everyone knew.",
         ["It grew, e.g. in 1990.", "Acme Inc.", "Everyone knew."]),
        ("", []), ("no end", ["no end"]), ("what? no. yes", ["what? no. yes"]),
    ],
)  # fmt: skip
def test_sentences(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts


def test_long_runs_are_cut_into_passages(tmp_path: Path) -> None:
    text = "Head\n\n" + "word " * 3_000 + "\n\n" + "x" * 50_000 + "\n\nShort one.\n\nShort two."
    page = read(tmp_path, "a.txt", text)
    parts = list(passages(page))
    assert all(len(p.text.split()) <= 250 and len(p.text) <= 4_000 for p in parts)
    assert all(p.ends[-1] == len(p.text) for p in parts)
    assert parts[-1].text.endswith("Short one.\nShort two.")
    assert len("".join("".join(p.text for p in parts).split())) == len("".join(text.split())) - 4
