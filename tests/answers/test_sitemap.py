"""Sitemaps of saved sites: their pages are found beside them, and nothing is fetched."""

from __future__ import annotations

from pathlib import Path

import pytest

from mondegreen.answers.build import build_index
from mondegreen.answers.pages.sitemap import sitemap_pages
from mondegreen.errors import DataError

HEAD = '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'


def sitemap(place: Path, *addresses: str) -> Path:
    rows = "".join(f"<url>\n <loc> {a} </loc><priority>1</priority></url>" for a in addresses)
    place.write_text(f"{HEAD}{rows}</urlset>", "utf-8")
    return place


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A saved site: some pages beside the sitemap, some in a folder named by the host."""
    for name, text in (
        ("index.html", "The town of Quimper has a cathedral."),
        ("about/us.html", "Madame Kerouac keeps the archive."),
        ("example.org/news/index.html", "The bridge opened in 1907."),
        ("a b&c.html", "Crêpes are thin."),
        ("unlisted.html", "Nobody lists this."),
    ):
        path = tmp_path / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"<p>{text}</p>", "utf-8")
    (tmp_path / "secret.html").write_text("<p>Outside.</p>", "utf-8")
    return tmp_path / "site"


def test_addresses_are_found_beside_the_sitemap(site: Path) -> None:
    place = sitemap(
        site / "sitemap.xml", "https://example.org/", "https://example.org/about/us",
        "https://example.org/news/", "https://example.org/a%20b&amp;c.html",
        "https://example.org/about/us.html", "https://example.org/gone.html",
        "https://example.org/../secret.html", "http://[broken/", "https://example.org/%2e%2e/secret",
    )  # fmt: skip
    pages, missing = sitemap_pages(place)
    assert [page.relative_to(site).as_posix() for page in pages] == [
        "index.html", "about/us.html", "example.org/news/index.html", "a b&c.html"
    ]  # fmt: skip
    assert len(missing) == 4
    assert "https://example.org/gone.html" in missing


def test_nothing_above_the_sitemap_is_read(site: Path) -> None:
    (site / "link.html").symlink_to(site.parent / "secret.html")
    addresses = [
        "http://../secret.html", "http://%2e%2e/secret.html", "//../secret",
        "https://example.org/link.html",
    ]  # fmt: skip
    assert sitemap_pages(sitemap(site / "sitemap.xml", *addresses)) == ([], addresses)


def test_a_sitemap_of_sitemaps_is_followed_once(site: Path) -> None:
    sitemap(site / "inner.xml", "https://example.org/about/us")
    names = "inner.xml", "sitemap.xml", "lost.xml"
    rows = "".join(f"<sitemap><loc>https://example.org/{n}</loc></sitemap>" for n in names)
    (site / "sitemap.xml").write_text(f"<sitemapindex>{rows}</sitemapindex>", "utf-8")
    pages, missing = sitemap_pages(site / "sitemap.xml")
    assert pages == [site / "about" / "us.html"]
    assert missing == ["https://example.org/lost.xml"]


def test_what_a_sitemap_lists_is_indexed_and_what_it_lacks_is_named(
    site: Path, tmp_path: Path
) -> None:
    place = sitemap(site / "sitemap.xml", "https://example.org/", "https://example.org/gone")
    built = build_index([place], tmp_path / "index", embedder="none")
    assert built.index.about.pages == 1
    assert "no file beside it is https://example.org/gone" in str(built.problems[0])


def test_other_xml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_text("<rss><loc>x</loc></rss>", "utf-8")
    with pytest.raises(DataError, match="expected a sitemap"):
        build_index([tmp_path / "feed.xml"], tmp_path / "index", embedder="none")
