"""The documents of hassil templates: which files belong together, and the blocks in them.

Home Assistant has written them in three ways: intents by name under `intents:`, as it loads them;
and one file for each intent and combination of slots, with `data:` or `sentences:` at the top, as
its repository of intents keeps them. All become blocks of one intent here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hassil.expression import Expression as Template
from hassil.parse_expression import parse_sentence
from hassil.parser import ParseError

from ...jobs.files import read_text, regular_files
from .marked_yaml import Items, Keys, Node, Scalar, parse_yaml, plain

MAX_TEMPLATE = 20_000
"""Characters of one template: hassil parses in quadratic time, and real ones have 400 at most."""
MAX_NESTING = 64
_PHRASE_KEYS = ("domains", "light_supports_brightness", "light_supports_color")
"""What only Speech-to-Phrase writes beside its sentences."""
_CAMEL = re.compile(r"(?:^|_)([A-Z]\w*)$")
"""The intent in the name of a file: "HassNevermind", "light_HassTurnOn"."""


@dataclass(frozen=True)
class BlockNode:
    """One block of sentences with the intent that they mean."""

    intent: str
    node: Keys


def is_hassil(document: Node) -> bool:
    """Whether a document holds hassil intents, or is one of the files that belong to them."""
    if not isinstance(document, Keys) or document.get("context") is not None:
        return False
    keys = ("intents", "lists", "expansion_rules", "data", "sentences")
    return any(document.get(key) is not None for key in keys)


def beside(folder: Path) -> list[Node]:
    """The lists and rules that lie beside `sentences/LANGUAGE` in the repository of intents.

    They are in `lists/` and `rules/`: a folder for each language, and files for all of them.
    """
    folder = folder.resolve()
    if folder.parent.name != "sentences":
        return []
    paths: list[Path] = []
    for place in (folder.parent.parent / name for name in ("lists", "rules")):
        if place.is_dir():
            shared = (path for path in place.glob("*.yaml") if path.is_file())
            paths += [*sorted(shared), *regular_files(place / folder.name, (".yaml", ".yml"))]
    return [parse_yaml(read_text(path), str(path)) for path in paths]


def blocks(document: Keys) -> Iterator[BlockNode]:
    """Every block of a document. Raises GrammarError for what is no hassil."""
    for intent, body in entries(document, "intents"):
        data = body.get("data") if isinstance(body, Keys) else None
        if not isinstance(data, Items):
            raise intent.error(f"intent {intent.text!r} has no `data:` list")
        yield from _blocks_of(intent.text, data)
    data = document.get("data")
    if isinstance(data, Items):
        _refuse_phrases(data)
        yield from _blocks_of(_intent_of(document), data)
    elif (sentences := document.get("sentences")) is not None:
        for sentence in sentences.items if isinstance(sentences, Items) else ():
            if isinstance(sentence, Keys):  # what is heard with what is handed on
                raise sentence.error(_PHRASES)
        yield BlockNode(_intent_of(document), document)


def _blocks_of(intent: str, data: Items) -> Iterator[BlockNode]:
    for block in data.items:
        if not isinstance(block, Keys):
            raise block.error(f"data of intent {intent!r} is {block.kind}; expected a mapping")
        yield BlockNode(intent, block)


def _refuse_phrases(data: Items) -> None:
    """Raise GrammarError for the sentences of Speech-to-Phrase: nothing says what they mean."""
    for item in data.items:
        own = isinstance(item, Keys) and any(item.get(key) is not None for key in _PHRASE_KEYS)
        if own or isinstance(item, Scalar):
            raise item.error(_PHRASES)


_PHRASES = (
    "these are sentences of Speech-to-Phrase: they have no intents, so nothing says what they "
    "mean; take Home Assistant's own, which do: `pip install home-assistant-intents` and its "
    "data/en.json (see docs/writing-a-grammar.md), or put yours under `intents:`"
)


def _intent_of(document: Keys) -> str:
    """The intent that a file with sentences at the top is about, by its name or its folder's."""
    if document.source is None:
        raise document.error(
            "found sentences at the top level, and no file to name the intent; put it under "
            "`intents:`, by the name of the intent"
        )
    path = Path(document.source).resolve()
    match = _CAMEL.search(path.stem)
    if match:
        return match[1]
    if path.parent.name[:1].isupper():
        return path.parent.name
    raise document.error(
        "nothing says what these sentences mean: those of Speech-to-Phrase have no intents, and go "
        "under `intents:`, by the names that you give them; those of Home Assistant have theirs "
        "in the name of the file or folder, like HassTurnOn/name_only.yaml, and neither the file "
        f"{path.name!r} nor its folder {path.parent.name!r} is named so"
    )


def requirements(node: Keys) -> dict[str, Any]:
    """What the context of a block must be: `requires_context:`, or `name_domains:` for short."""
    domains = node.get("name_domains")
    short = {} if domains is None else {"domain": plain(domains)}
    return {**short, **plain_mapping(node, "requires_context")}


def fixed_slots(node: Keys) -> dict[str, Any]:
    """The slots that a block fills unsaid: `slots:`, or `inferred_domain:` for short."""
    domain = node.get("inferred_domain")
    short = {} if domain is None else {"domain": plain(domain)}
    return {**short, **plain_mapping(node, "slots")}


def entries(node: Keys, key: str) -> tuple[tuple[Scalar, Node], ...]:
    """The entries of the mapping under a key; none where there is no such key."""
    mapping = node.get(key)
    if mapping is None or (isinstance(mapping, Scalar) and mapping.value is None):
        return ()
    if not isinstance(mapping, Keys):
        raise mapping.error(f"`{key}:` is {mapping.kind}; expected a mapping of names")
    return mapping.entries


def plain_mapping(node: Keys, key: str) -> Mapping[str, Any]:
    """The mapping under a key as plain Python."""
    return {k.text: plain(v) for k, v in entries(node, key)}


def parsed_template(node: Node, what: str) -> Template:
    """A text parsed by hassil. Raises GrammarError with the line for what hassil cannot parse."""
    if not isinstance(node, Scalar) or node.value is None:
        raise node.error(f"{what} holds {node.kind} where a sentence is expected")
    if len(node.text) > MAX_TEMPLATE:
        raise node.error(
            f"{what} has a template of {len(node.text):,} characters; at most {MAX_TEMPLATE:,}; "
            "put long alternatives into a list"
        )
    depth = deepest = 0
    for symbol in node.text:
        depth += (symbol in "([") - (symbol in ")]")
        deepest = max(deepest, depth)
    if deepest > MAX_NESTING:
        raise node.error(f"{what} nests brackets more than {MAX_NESTING} deep")
    try:
        template: Template = parse_sentence(node.text).expression
    except (ParseError, AssertionError, IndexError) as error:
        reason = str(error) or "a bracket is missing or empty"
        raise node.error(f"{what} cannot be parsed: {reason[:200]}") from error
    return template
