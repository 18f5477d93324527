"""Rasa training data: `nlu:` in YAML files (Rasa 2 and 3), and Markdown files of Rasa 1.

Examples stand under their intent and mark entities as `[LA](city)`, `[LA](city:Los Angeles)` or
`[LA]{"entity": "city", "role": "to", "value": "Los Angeles"}`. Synonyms give an entity's words
their value. Lookup tables and regular expressions have no sentence and are left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import DataError, GrammarError
from ...grammar.formats.marked_yaml import Items, Keys, Node, Scalar, parse_yaml, plain
from ...jobs.files import read_bytes, regular_files
from ...jobs.problems import Problems
from ...registry import nearest
from ..utterance import SlotLabel, Utterance
from .importer import Importer

_ENTITY = re.compile(
    r"\[(?P<words>[^\[\]]+)\](?:"
    r"\((?P<name>[^():]+)(?::(?P<value>[^()]+))?\)|(?P<object>\{[^{}]*\}))"
)
_HEADER = re.compile(r"##\s*(?P<kind>\w+)\s*:\s*(?P<name>.+)")
_EXAMPLE = re.compile(r"[-*+]\s+(?P<text>.*)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_SPLITS = {"training_data": "train", "test_data": "test"}
"""Names of the files that `rasa data split nlu` writes."""
_SILENT = ("lookup", "regex")


@dataclass
class _Example:
    """A sentence as written, with its entities still marked."""

    place: str
    intent: str
    marked: str
    split: str | None
    meta: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Project:
    """What the files of one project say together."""

    examples: list[_Example] = field(default_factory=list)
    synonyms: dict[str, str] = field(default_factory=dict)
    """Value by the words for it, in lower case: Rasa does not tell cases apart here."""
    silent: dict[str, int] = field(default_factory=dict)
    """Lookup tables and regular expressions, counted."""
    intents: set[str] = field(default_factory=set)
    entities: set[str] = field(default_factory=set)
    language: str = "en"
    has_training_data: bool = False
    """Whether any file had training data, even without an example in it."""


def read(folder: Path, problems: Problems) -> Iterator[Utterance]:
    """The examples of every file in the folder; ids are the intent and a number.

    An entity with a role becomes the slot `entity.role`; groups and roles as written lie in
    `meta["entities"]`. Where a domain file declares intents and entities, others are reported.
    Raises DataError for a folder without training data, or a file that is not YAML.
    """
    project = _project(folder, problems)
    if not project.has_training_data:
        raise DataError(f"{folder}: found no `nlu:` and no `## intent:`, expected {IMPORTER.about}")
    for kind, count in sorted(project.silent.items()):
        problems.note(f"left out {count} {kind} entries: they have no sentences")
    numbers: dict[str, int] = {}
    for example in project.examples:
        try:
            _check_intent(example.intent, project.intents)
            text, slots, entities = _parse_example(example.marked, project)
        except ValueError as error:
            problems.report(example.place, str(error))
            continue
        number = numbers[example.intent] = numbers.get(example.intent, 0) + 1
        # A retrieval intent is written "faq/opening_hours": no "/" in an id, files are named by it.
        yield Utterance(
            f"{example.intent.replace('/', '.')}-{number:04d}",
            text=text,
            intent=example.intent,
            slots=slots,
            split=example.split,
            lang=project.language,
            meta={**example.meta, **({"entities": entities} if entities else {})},
        )


def _project(folder: Path, problems: Problems) -> _Project:
    project = _Project()
    root = folder if folder.is_dir() else folder.parent
    for path in regular_files(folder) if folder.is_dir() else [folder]:
        name = path.relative_to(root).as_posix()
        if path.suffix in (".yml", ".yaml"):
            _read_yaml(path, name, project, problems)
        elif path.suffix == ".md":
            _read_markdown(path, name, project, problems)
    return project


def _text_of(path: Path) -> str:
    try:
        return read_bytes(path, DataError).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8: {error}; save it as UTF-8") from error


def _read_yaml(path: Path, name: str, project: _Project, problems: Problems) -> None:
    text = _text_of(path)
    if not text.strip():
        return
    try:
        document = parse_yaml(text, str(path))
    except GrammarError as error:
        raise DataError(str(error)) from error
    if not isinstance(document, Keys):
        return
    project.intents |= _names(document.get("intents"))
    project.entities |= _names(document.get("entities"))
    language = document.get("language")
    if isinstance(language, Scalar) and language.text:
        project.language = language.text
    blocks = document.get("nlu")
    if blocks is None:
        return
    project.has_training_data = True
    for block in blocks.items if isinstance(blocks, Items) else ():
        place = f"{name}:{block.line}"
        kind, title = _kind(block)
        if kind in _SILENT:
            project.silent[kind] = project.silent.get(kind, 0) + 1
        elif kind == "synonym" and isinstance(block, Keys):
            for _, words, _ in _examples(block.get("examples"), name, problems):
                project.synonyms[words.lower()] = title
        elif kind == "intent" and isinstance(block, Keys) and title:
            for line, marked, meta in _examples(block.get("examples"), name, problems):
                project.examples.append(
                    _Example(f"{name}:{line}", title, marked, _SPLITS.get(path.stem), meta)
                )
        else:
            problems.report(place, "expected an entry with `intent:` and `examples:`")


def _names(node: Node | None) -> set[str]:
    """Names a domain declares: "greet", or "greet: {use_entities: []}"."""
    names: set[str] = set()
    for item in node.items if isinstance(node, Items) else ():
        if isinstance(item, Scalar):
            names.add(item.text)
        elif isinstance(item, Keys):
            names |= {key.text for key, _ in item.entries}
    return names


def _kind(block: Node) -> tuple[str, str]:
    for key, value in block.entries if isinstance(block, Keys) else ():
        if key.text in ("intent", "synonym", *_SILENT) and isinstance(value, Scalar):
            return key.text, value.text.strip()
    return "", ""


def _examples(
    node: Node | None, name: str, problems: Problems
) -> Iterator[tuple[int | None, str, dict[str, Any]]]:
    """Line, words and metadata of every example: a text block with dashes, or a list."""
    if isinstance(node, Scalar) and node.value is not None:
        # The text of a block begins on the line after its mark.
        for line, text in enumerate(node.text.splitlines(), (node.line or 0) + 1):
            example = _EXAMPLE.fullmatch(text.strip())
            if example and example["text"].strip():
                yield line, example["text"].strip(), {}
            elif text.strip() not in ("", "-"):
                problems.report(f"{name}:{line}", f"found {text[:40]!r}, expected '- ' and words")
    for item in node.items if isinstance(node, Items) else ():
        text_node = item.get("text") if isinstance(item, Keys) else item
        if not isinstance(text_node, Scalar) or not text_node.text.strip():
            problems.report(f"{name}:{item.line}", "expected an example with `text:`")
            continue
        metadata = item.get("metadata") if isinstance(item, Keys) else None
        meta = {"metadata": plain(metadata)} if metadata is not None else {}
        yield item.line, text_node.text.strip().removeprefix("- ").strip(), meta


def _read_markdown(path: Path, name: str, project: _Project, problems: Problems) -> None:
    text = _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), _text_of(path))
    if not re.search(r"^##\s*(?:intent|synonym|lookup|regex)\s*:", text, re.MULTILINE):
        return  # a README, or stories
    project.has_training_data = True
    kind = title = ""
    for line, written in enumerate(text.splitlines(), 1):
        header = _HEADER.fullmatch(written.strip())
        example = _EXAMPLE.fullmatch(written.strip())
        if header:
            kind, title = header["kind"], header["name"].strip()
            if kind in _SILENT:
                project.silent[kind] = project.silent.get(kind, 0) + 1
            elif kind not in ("intent", "synonym"):
                problems.report(f"{name}:{line}", f"unknown section {kind!r}, expected intent")
        elif example and kind == "intent":
            split = _SPLITS.get(path.stem)
            project.examples.append(_Example(f"{name}:{line}", title, example["text"], split))
        elif example and kind == "synonym":
            project.synonyms[example["text"].strip().lower()] = title


def _check_intent(intent: str, declared: set[str]) -> None:
    """Raises ValueError for an intent that the domain, if there is one, does not declare."""
    if declared and intent not in declared and intent.partition("/")[0] not in declared:
        raise ValueError(
            f"the intent {intent!r} is not in the domain{nearest(intent, sorted(declared))}"
        )


def _parse_example(
    marked: str, project: _Project
) -> tuple[str, tuple[SlotLabel, ...], list[dict[str, Any]]]:
    """Text, slots, and the entities that have a role or a group. Raises ValueError."""
    plain_text: list[str] = []
    slots: list[SlotLabel] = []
    grouped: list[dict[str, Any]] = []
    length = position = 0
    for mark in _ENTITY.finditer(marked):
        words, entity = mark["words"], _entity(mark)
        name = entity["entity"]
        if project.entities and name not in project.entities:
            suggestion = nearest(name, sorted(project.entities))
            raise ValueError(f"the entity {name!r} is not in the domain{suggestion}")
        between = marked[position : mark.start()]
        start = length + len(between)
        length = start + len(words)
        plain_text += [between, words]
        value = entity.get("value", project.synonyms.get(words.lower(), words))
        label = f"{name}.{entity['role']}" if "role" in entity else name
        slots.append(SlotLabel(label, value, start, length))
        if "role" in entity or "group" in entity:
            grouped.append(entity)
        position = mark.end()
    text = "".join([*plain_text, marked[position:]])
    if not text.strip():
        raise ValueError("the example has no words")
    return text, tuple(slots), grouped


def _entity(mark: re.Match[str]) -> dict[str, Any]:
    if mark["object"] is None:
        return {"entity": mark["name"].strip()} | (
            {"value": mark["value"]} if mark["value"] else {}
        )
    try:
        content = json.loads(mark["object"])
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{mark['object']} is not JSON: {error}") from error
    if not isinstance(content.get("entity"), str) or not content["entity"]:
        raise ValueError(f'found {mark["object"]}, expected {{"entity": "…"}}')
    entity: dict[str, Any] = content
    return entity


IMPORTER = Importer(
    "rasa", "Rasa training data: YAML with `nlu:`, or Markdown with `## intent:`", read
)
