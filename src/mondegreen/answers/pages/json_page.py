"""JSON: articles with paragraphs (as question sets have them), or any nested facts read out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from ...errors import DataError
from .page import Block, Page, decoded, one_line, section_of

_TITLES = ("title", "name", "headline")
_BODIES = ("text", "body", "content", "context", "paragraphs")
_MOST_BLOCKS = 100_000
_TAG = re.compile(r"<[^<>]{1,200}>")


def read_json_page(data: bytes, name: str) -> list[Page]:
    """Pages in SQuAD's layout, a list of articles with a title and a text, or one page of facts.

    The list may be a field of the file's object. Facts become lines: "Geography › Area › total:
    8,515,770 sq km". Raises DataError for no JSON.
    """
    try:
        value = json.loads(decoded(data))
    except ValueError as error:
        raise DataError(f"not JSON ({error})") from error
    pages = [page for article in _listed(value) for page in _article(article, name)]
    return pages or [*_article(value, name)] or [_facts(value, name)]


def _listed(value: Any) -> list[Any]:
    """The articles of a list, or of an object that holds one, whatever it calls it."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        return []
    if isinstance(value.get("data"), list):
        return list(value["data"])
    if next(_article(value, ""), None):  # it is an article that holds some list
        return []
    first = next((item for item in value.values() if isinstance(item, list)), [])
    return first if all(_title(item, "") and any(_article(item, "")) for item in first) else []


def _article(value: Any, name: str) -> Iterator[Page]:
    if not isinstance(value, dict):
        return
    body = next((value[key] for key in _BODIES if value.get(key)), None)
    texts = [body] if isinstance(body, str) else body if isinstance(body, list) else []
    paragraphs = [t.get("context", "") if isinstance(t, dict) else t for t in texts]
    blocks = tuple(
        Block(one_line(part))
        for text in paragraphs if isinstance(text, str)
        for part in re.split(r"\n\s*\n", text) if part.strip()
    )  # fmt: skip
    if blocks:
        link = value.get("url") if isinstance(value.get("url"), str) else ""
        yield Page(_title(value, name).replace("_", " "), blocks, str(link))


def _title(value: Any, name: str) -> str:
    if not isinstance(value, dict):
        return name
    return next((one_line(str(value[k])) for k in _TITLES if isinstance(value.get(k), str)), name)


def _facts(value: Any, name: str) -> Page:
    blocks: list[Block] = []
    for path, text in _leaves(value, ()):
        if len(blocks) == _MOST_BLOCKS:
            break
        label, section = (path[-1], path[:-1]) if path else ("", ())
        line = one_line(_TAG.sub(" ", unescape(text)))
        if line:
            # A fact is understood only with all that is above it.
            place = ", ".join((*section[1:], label)) if label else ""
            blocks.append(Block(f"{place}: {line}" if place else line, section_of(section[:1])))
    title = _deep_title(value) or name
    return Page(title, tuple(blocks))


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            # Factbooks hold the text of a fact in a field of that name.
            yield from _leaves(item, path if key == "text" else (*path, one_line(str(key))))
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, path)
    elif value is not None and not isinstance(value, bool):
        yield path, str(value)


def _deep_title(value: Any) -> str:
    """What the facts are about: a title, or the short name that a factbook gives a country."""
    if not isinstance(value, dict):
        return ""
    government = value.get("Government")
    names = government.get("Country name") if isinstance(government, dict) else None
    if isinstance(names, dict):
        for key in ("conventional short form", "conventional long form"):
            entry = names.get(key)
            text = entry.get("text") if isinstance(entry, dict) else None
            if isinstance(text, str) and text.strip().lower() not in ("", "none"):
                return one_line(text)
    return _title(value, "")


__all__ = ["read_json_page"]
