"""ZIM archives, written here by libzim itself, as sources of pages."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from mondegreen.answers.answerer import Answerer
from mondegreen.answers.build import build_index
from mondegreen.answers.pages import zim
from mondegreen.errors import DataError

PARIS = """<html><head><title>Paris - Encyclopedia</title></head><body><nav>Home</nav><h1>Paris</h1>
<p>The Romans called the town Lutetia Parisiorum. It lay on an island in the river Seine.</p>
<h2 id="tower">Tower</h2><p>Gustave Eiffel built the tower for the world fair of 1889.</p></body>
</html>"""


def write_zim(path: Path, pages: dict[str, str]) -> None:
    """An archive of pages by their titles, with a picture, a menu and a redirect."""
    writer = pytest.importorskip("libzim.writer", reason="needs the extra 'zim'")

    class Entry(writer.Item):  # type: ignore[misc,name-defined]
        def __init__(self, title: str, content: str, kind: str = "text/html") -> None:
            super().__init__()
            self.title, self.content, self.kind = title, content, kind

        def get_path(self) -> str:
            return self.title.replace(" ", "_")

        def get_title(self) -> str:
            return self.title

        def get_mimetype(self) -> str:
            return self.kind

        def get_contentprovider(self) -> Any:
            return writer.StringProvider(self.content)

        def get_hints(self) -> dict[Any, int]:
            return {writer.Hint.FRONT_ARTICLE: self.kind == "text/html"}

    with writer.Creator(str(path)) as creator:
        for title, content in pages.items():
            creator.add_item(Entry(title, content))
        creator.add_item(Entry("logo.svg", "<svg><text>Lutetia</text></svg>", "image/svg+xml"))
        creator.add_item(Entry("Menu", "<html><body><nav>Home</nav></body></html>"))
        creator.add_redirection("Lutetia", "Lutetia", "Paris", {})
        creator.add_metadata("Title", "Lutetia and others")


def pictures(count: int) -> dict[str, str]:
    """Pages without text, more than are read at once."""
    return {f"Picture {n:03}": "<html><body><img src='x'></body></html>" for n in range(count)}


def numbered(count: int) -> dict[str, str]:
    return {
        f"Page {n}": f"<html><body><p>Hero{n} met Villain{n} near Castle{n}.</p></body></html>"
        for n in range(count)
    }


def test_an_archive_is_asked(tmp_path: Path) -> None:
    write_zim(tmp_path / "wiki.zim", {"Paris": PARIS, **numbered(3)})
    built = build_index([tmp_path], tmp_path / "index", embedder="none")
    assert not built.problems
    assert built.files == 1
    assert sorted(built.index.titles) == ["Page 0", "Page 1", "Page 2", "Paris"]
    candidate = Answerer(built.index).ask("what did the romans call lutisha parisi orum").candidates
    assert "Lutetia Parisiorum" in candidate[0].text
    assert candidate[0].title == "Paris"
    assert candidate[0].path == str(tmp_path / "wiki.zim")
    assert candidate[0].link == "wiki.zim/Paris"


def test_an_archive_is_read_in_parts_that_are_taken_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_zim(tmp_path / "wiki.zim", {"Paris": PARIS, **numbered(150)})
    (tmp_path / "note.txt").write_text("The moon is made of rock.", "utf-8")
    first = build_index([tmp_path], tmp_path / "index", embedder="none")
    assert first.taken_over == 0
    assert first.index.about.pages == 152
    assert len(set(first.index.digests)) >= 3
    (tmp_path / "note.txt").write_text("The moon is made of cheese.", "utf-8")

    def read_again(*_: object) -> list[Any]:
        raise AssertionError("entries were read that had not changed")

    monkeypatch.setattr("mondegreen.answers.page_sources.read_entries", read_again)
    second = build_index([tmp_path], tmp_path / "index", embedder="none", workers=1)
    assert second.taken_over == 1
    assert second.index.about.pages == 152


def test_an_archive_with_parts_that_hold_no_page_is_known_again(tmp_path: Path) -> None:
    write_zim(tmp_path / "wiki.zim", {"Paris": PARIS, **pictures(200)})
    for unchanged in (0, 1):
        built = build_index([tmp_path / "wiki.zim"], tmp_path / "index", embedder="none")
        assert built.index.about.pages == 1
        assert (built.files, built.taken_over) == (1, unchanged)


def test_a_name_in_an_archive_that_is_no_text_is_damage(tmp_path: Path) -> None:
    write_zim(tmp_path / "wiki.zim", {"Paris": PARIS, **numbered(3)})
    data = (tmp_path / "wiki.zim").read_bytes()
    assert b"Page 2\0" in data
    (tmp_path / "wiki.zim").write_bytes(data.replace(b"Page 2\0", b"Page \xff\0"))
    with pytest.raises(DataError, match=r"wiki\.zim: the ZIM archive cannot be read .*utf-8"):
        build_index([tmp_path / "wiki.zim"], tmp_path / "index", embedder="none")


def test_what_is_no_archive_is_named(tmp_path: Path) -> None:
    pytest.importorskip("libzim", reason="needs the extra 'zim'")
    (tmp_path / "wiki.zim").write_bytes(b"ZIM" * 100)
    (tmp_path / "note.txt").write_text("The moon is made of rock.", "utf-8")
    built = build_index([tmp_path], tmp_path / "index", embedder="none")
    (problem,) = built.problems
    assert problem.place == str(tmp_path / "wiki.zim")
    assert "the ZIM archive cannot be read" in problem.reason


def test_without_libzim_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "libzim.reader", None)
    zim._archive.cache_clear()
    (tmp_path / "wiki.zim").write_bytes(b"ZIM" * 100)
    with pytest.raises(DataError, match=r"wiki\.zim: reading ZIM archives needs .*mondegreen\[zim"):
        build_index([tmp_path / "wiki.zim"], tmp_path / "index", embedder="none")
