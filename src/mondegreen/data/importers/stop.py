"""STOP (Tomasello et al. 2022): TOPv2's nested commands, read aloud; eight domains, English.

`manifests/train.tsv`, `eval.tsv` and `test.tsv` with a line per recording: `file_id` (its path),
`domain`, `gender`, `native`, `utterance`, `seqlogical`, `normalized_utterance`,
`normalized_seqlogical` and `decoupled_normalized_seqlogical`. The labels are trees,
"[IN:GET_WEATHER weather in [SL:LOCATION oslo ] ]"; the decoupled ones keep only the slots' words.

Its quirks: the split for development is called eval; paths of the manifests have folders with a
number ("alarm_test_0") that the archive lacks; some rows have no tree, others only the decoupled
one; trees put blanks where the text has none; speakers have no name, so nothing can be split by
them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from ...errors import DataError
from ...jobs.problems import Problems
from ..utterance import SlotLabel, Utterance
from .importer import Importer
from .reading.annotated import place_slots
from .reading.text_rows import csv_rows

SPLITS = ("train", "eval", "test")
TREE, DECOUPLED = "normalized_seqlogical", "decoupled_normalized_seqlogical"
NEEDED = ("file_id", "normalized_utterance", DECOUPLED)
_META = ("domain", "gender", "native", "utterance")
_TOKEN = re.compile(r"\[(?P<kind>IN|SL):(?P<name>[^\s\[\]]+)|\]|\[|[^\s\[\]]+")
_DEEPEST = 32
"""Open brackets at a time; TOPv2 has at most a handful, and a JSON writer must not run out."""
_NUMBERED = re.compile(r"_\d+$")


@dataclass
class Node:
    """An intent or a slot of a tree, with its place in the tree's words."""

    kind: str
    """IN or SL."""
    name: str
    start: int
    """First character of its words, as `parse_tree` joins them."""
    end: int = 0
    children: list[Node] = field(default_factory=list)
    """What is nested in it: slots in an intent, intents in a slot."""


def parse_tree(tree: str) -> tuple[str, Node]:
    """The words of a tree, a blank between each two, and its topmost intent.

    Raises ValueError for brackets that do not match, for a slot in a slot or an intent in an
    intent, for a slot without words, and where the whole is not one intent.
    """
    words: list[str] = []
    stack: list[Node] = []
    root: Node | None = None
    length = 0  # of the words so far, with a blank after each
    for token in _TOKEN.finditer(tree):
        if root and not stack:
            raise ValueError(f"found {tree[token.start() :][:40]!r} after the end of the tree")
        if token["kind"]:
            _check_place(token["kind"], token["name"], stack)
            node = Node(token["kind"], token["name"], length)
            if stack:
                stack[-1].children.append(node)
            root = root or node
            stack.append(node)
        elif token[0] == "[" or not stack:
            raise ValueError(f"found {tree[token.start() :][:40]!r}, expected [IN:NAME or [SL:NAME")
        elif token[0] == "]":
            node = stack.pop()
            node.end = max(node.start, length - 1)
            if node.kind == "SL" and node.end == node.start:
                raise ValueError(f"the slot {node.name!r} has no words")
        else:
            words.append(token[0])
            length += len(token[0]) + 1
    if not root:
        raise ValueError("the tree is empty, expected [IN:NAME …]")
    if stack:
        raise ValueError(f"found {tree[:40]!r}, which lacks {len(stack)} closing ']'")
    return " ".join(words), root


def _check_place(kind: str, name: str, stack: list[Node]) -> None:
    expected = "SL" if stack and stack[-1].kind == "IN" else "IN"
    if kind != expected:
        inside = f"in {stack[-1].kind}:{stack[-1].name}" if stack else "at the top"
        raise ValueError(f"found {kind}:{name} {inside}, expected {expected}:NAME")
    if len(stack) == _DEEPEST:
        raise ValueError(f"the tree has more than {_DEEPEST} intents and slots in each other")


def read(folder: Path, problems: Problems) -> Iterator[Utterance]:
    """The recordings, ids as `file_id` without its ending, split by manifest.

    The intent is the topmost one and the slots are its own; meanings nested in a slot are in
    `meta["nested"]`, the decoupled tree is `meta["parse"]`. Text is the normalised one. Rows
    without any tree are left out, a note says how many. Raises DataError where no manifest is.
    """
    base = next((b for b in (folder, folder / "stop") if _manifests(b)), None)
    if base is None:
        raise DataError(f"{folder}: found no manifests/train.tsv, expected {IMPORTER.about}")
    unlabelled = 0
    for path in _manifests(base):
        name = path.relative_to(folder).as_posix()
        for place, row in csv_rows(folder, name, NEEDED, problems, delimiter="\t"):
            if row["normalized_utterance"].strip() and not (row.get(TREE) or row[DECOUPLED]):
                unlabelled += 1
                continue
            try:
                utterance = _utterance(row, path.stem, folder, base)
            except ValueError as error:
                problems.report(place, str(error))
            else:
                yield utterance
    if unlabelled:
        problems.note(f"{unlabelled:,} recordings without a tree were left out")


def _manifests(base: Path) -> list[Path]:
    paths = [base / "manifests" / f"{split}.tsv" for split in SPLITS]
    return [path for path in paths if path.is_file()]


def _utterance(row: dict[str, str], split: str, folder: Path, base: Path) -> Utterance:
    """A row as an utterance. Raises ValueError with what is wrong with it."""
    if any("\n" in cell for cell in row.values()):
        raise ValueError("a cell goes over the line's end; is a quotation mark left open?")
    file, text = row["file_id"].strip(), row["normalized_utterance"].strip()
    if not file or not text:
        raise ValueError(f"the cell of {'normalized_utterance' if file else 'file_id'} is empty")
    plain, root = parse_tree(row.get(TREE) or row[DECOUPLED])
    meta: dict[str, Any] = {key: row[key] for key in _META if row.get(key)}
    if row[DECOUPLED]:
        meta["parse"] = row[DECOUPLED]
    nested = [_nested(slot, plain) for slot in root.children if slot.children]
    if nested:
        meta["nested"] = nested
    return Utterance(
        file.removesuffix(PurePosixPath(file).suffix),
        audio=_recording(file, folder, base),
        text=text,
        intent=root.name,
        slots=_slots(root, plain, text),
        split=split,
        meta=meta,
    )


def _slots(root: Node, plain: str, text: str) -> tuple[SlotLabel, ...]:
    """The slots of an intent with their places in the text, which is spaced in its own way."""
    spans = [(node.name, plain[node.start : node.end], node) for node in root.children]
    placed = place_slots(
        [SlotLabel(name, _folded(words), node.start, node.end) for name, words, node in spans],
        _folded(plain),
        _folded(text),
    )
    return tuple(
        SlotLabel(name, words)
        if slot.start is None
        else SlotLabel(name, text[slot.start : slot.end], slot.start, slot.end)
        for slot, (name, words, _) in zip(placed, spans, strict=True)
    )


def _folded(words: str) -> str:
    """The words in small letters, where each of them stays one character."""
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in words)


def _nested(slot: Node, plain: str) -> dict[str, Any]:
    """The meanings within a slot: {"slot", "intents": [{"intent", "slots": [{"name", "value"}]}]}.

    A slot in there that holds meanings itself has "intents" too.
    """
    return {"slot": slot.name, "intents": [_meaning(intent, plain) for intent in slot.children]}


def _meaning(intent: Node, plain: str) -> dict[str, Any]:
    slots: list[dict[str, Any]] = []
    for node in intent.children:
        slots.append({"name": node.name, "value": plain[node.start : node.end]})
        if node.children:
            slots[-1]["intents"] = [_meaning(inner, plain) for inner in node.children]
    return {"intent": intent.name, "slots": slots}


def _recording(file: str, folder: Path, base: Path) -> str:
    """The recording's path relative to the folder.

    Manifests say `test_0/alarm_test_0/1.wav` where the archive has `test_0/alarm_test/1.wav`.
    Raises ValueError for a name that no file can have.
    """
    if "\0" in file:
        raise ValueError(f"{file!r} is not a possible file name")
    path = PurePosixPath(file)
    folder_name = _NUMBERED.sub("", path.parent.name)
    if folder_name and folder_name != path.parent.name and not (base / path).is_file():
        renamed = path.parent.with_name(folder_name) / path.name
        path = renamed if (base / renamed).is_file() else path
    return (base.relative_to(folder) / path).as_posix()


IMPORTER = Importer(
    "stop", "STOP: manifests/train.tsv, eval.tsv and test.tsv beside the audio", read
)
"""The importer of STOP. Its publisher states no counts for the files as they are distributed."""
