"""What the phone reader's training speech says: commands, names, prose and random words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ...errors import DataError
from ...jobs.seeds import stable_seed

_ALLOWED = re.compile(r"[a-z0-9' .,?!%$&:-]+", re.IGNORECASE)
HELD_OUT_SHARE = 0.03
"""Share of sentences, picked by hash, that only the measurement of phone error ever hears."""


def is_held_out(text: str) -> bool:
    """Whether a sentence is kept for measuring; depends on the text alone."""
    return stable_seed("held-out", text.lower()) % 1000 < HELD_OUT_SHARE * 1000


def _nlu(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("voice-assistant-nlu/*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield str(json.loads(line)["text"])


def _snips(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("snips-nlu/train_*.json")):
        rows = json.loads(path.read_bytes().decode("utf-8", "replace"))
        for row in next(iter(rows.values())):
            yield "".join(part["text"] for part in row["data"]).strip()


def _strings(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from _strings(value)


def _factbook(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("factbook/*/*.json")):
        for text in _strings(json.loads(path.read_text(encoding="utf-8"))):
            for sentence in re.split(r"(?<=[.;])\s+|<[^>]+>", text):
                words = sentence.split()
                if 4 <= len(words) <= 14 and sum(c.isdigit() for c in sentence) <= 4:
                    yield sentence.strip(" .;")


def _lexicon_words(count: int, seed: int) -> Iterator[str]:
    """Runs of one to five words drawn from the whole pronunciation lexicon, then of small words."""
    from ...phonetics.pronouncer import lexicon_words

    rng = np.random.default_rng(seed)
    lexicon = lexicon_words()
    words = np.array([w for w in lexicon if w.isascii() and w.isalpha() and 3 <= len(w) <= 12])
    small = [
        "a",
        "the",
        "of",
        "and",
        "to",
        "in",
        "on",
        "at",
        "for",
        "with",
        "some",
        "lots",
        "it",
        "my",
        "please",
        "is",
        "from",
        "by",
        "or",
        "an",
        "one",
        "two",
    ]
    for _ in range(count):
        run: list[str] = []
        for word in rng.choice(words, size=int(rng.integers(1, 6))):
            if rng.random() < 0.5:
                run.append(str(rng.choice(small)))
            run.append(str(word).lower())
        yield " ".join(run)


def gather(
    folder: Path, *, commands: int | None, prose: int, random_runs: int, seed: int
) -> list[str]:
    """Unique sentences for training, in an order that `seed` fixes; so many of each
    kind, None means all.

    Held-out ones are left out.

    `folder` holds `voice-assistant-nlu/`, `snips-nlu/` and `factbook/`; those that are missing are
    skipped, and DataError says so when none is there.
    """
    sentences = list(dict.fromkeys([*_nlu(folder), *_snips(folder)]))
    if not sentences:
        raise DataError(
            f"{folder}: found neither voice-assistant-nlu/*.jsonl nor snips-nlu/train_*.json"
        )
    rng = np.random.default_rng(seed)
    pages = sorted(set(_factbook(folder)))
    prose_lines = [pages[i] for i in rng.permutation(len(pages))[:prose]]
    command_lines = [sentences[i] for i in rng.permutation(len(sentences))[:commands]]
    texts = dict.fromkeys([*command_lines, *prose_lines, *_lexicon_words(random_runs, seed)])
    good = [t for t in texts if _ALLOWED.fullmatch(t) and 2 <= len(t) <= 110 and not is_held_out(t)]
    return [good[i] for i in rng.permutation(len(good))]


def held_out(folder: Path) -> list[str]:
    """The command sentences that training never hears."""
    texts = dict.fromkeys([*_nlu(folder), *_snips(folder)])
    return [t for t in texts if _ALLOWED.fullmatch(t) and 2 <= len(t) <= 110 and is_held_out(t)]
