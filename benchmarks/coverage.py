"""How many of Home Assistant's spoken sentences the starter grammar has, from their text alone.

    python benchmarks/coverage.py [--sentences 3000] [--missing 5]

Sentences of the package home-assistant-intents, those that it has for devices that hear by
themselves (`speech_to_phrase/en.json`), drawn at random, as many of each intent as of any other, in
a small home (home.yaml). Polite words around them are left out: the package puts any of them
before any other. What the starter takes for a free question does not count as its own.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from importlib.resources import files

from data_sets import HOME
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.evaluate.intervals import wilson
from mondegreen.grammar.analysis.sample import sample
from mondegreen.grammar.load import load_grammar

SPELLINGS = {"whats": "what's", "todays": "today's", "nevermind": "never mind"}
"""As the package writes, and as the starter does: nobody hears the difference."""


def main() -> None:
    """Print the share of each intent that the starter has, with what it lacks, and of all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sentences", type=int, default=3000)
    parser.add_argument("--missing", type=int, default=0, help="show so many that are lacked")
    parser.add_argument("--seed", type=int, default=3)
    options = parser.parse_args()
    package = files("home_assistant_intents")
    document = json.loads((package / "speech_to_phrase" / "en.json").read_text("utf-8"))
    document["skip_words"] = []
    sentences = sample(load_grammar(document, home=HOME), options.sentences, options.seed)
    starter = GrammarEngine.load("starter", home=HOME)
    right: dict[str, list[bool]] = defaultdict(list)
    lacked: dict[str, list[str]] = defaultdict(list)
    for one in sentences:
        text = " ".join(SPELLINGS.get(word, word) for word in one.text.split())
        meant = starter.read(text)
        right[one.intent].append(meant.status == "understood" and meant.intent != "Ask")
        if not right[one.intent][-1]:
            lacked[one.intent].append(text)
    for intent, each in sorted(right.items()):
        print(f"{intent}: {sum(each)} of {len(each)}")
        for text in lacked[intent][: options.missing]:
            print(f"    {text}")
    has, count = sum(map(sum, right.values())), sum(map(len, right.values()))
    print(f"all: {wilson(has, count)}")


if __name__ == "__main__":
    main()
