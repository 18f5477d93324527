"""The importer of Rasa training data."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.data.importers.importer import read
from mondegreen.data.importers.rasa import _parse_example, _Project
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.errors import DataError
from mondegreen.jobs.problems import Problems

NLU = """\
    version: "3.1"
    nlu:
    - intent: book_flight
      examples: |
        - fly from [NYC]{"entity": "city", "role": "from", "value": "New York"} to [LA](city)
        - a [small](size) pizza and a [large]{"entity": "size", "group": "2"} cola
        - pay with my [savings](account:savings_account)

        - [the big apple](city), please [sic]
    - intent: faq/opening_hours
      examples:
      - text: |
          when do you open
        metadata:
          sentiment: neutral
      - text: "- are you open [today](day)"
    - synonym: New York
      examples: |
        - The Big Apple
        - NYC
    - lookup: city
      examples: |
        - Berlin
    - regex: zip
      examples: |
        - \\d{5}
    """


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text), encoding="utf-8")
    return path


def load(place: Path, problems: Problems | None = None) -> list[Utterance]:
    return list(read("rasa", place, Problems() if problems is None else problems))


def test_examples_entities_roles_groups_and_synonyms(tmp_path: Path) -> None:
    write(tmp_path, "data/nlu.yml", NLU)
    write(tmp_path, "data/stories.yml", "stories:\n- story: a\n  steps:\n  - intent: x\n")
    write(tmp_path, "README.md", "# About\n\n- a list\n")
    write(tmp_path, "config.yml", "language: de\npipeline: []\n")
    problems = Problems()
    flight, pizza, pay, apple, opening, today = load(tmp_path, problems)
    assert flight.id == "book_flight-0001"
    assert flight.text == "fly from NYC to LA"
    assert flight.slots == (
        SlotLabel("city.from", "New York", 9, 12), SlotLabel("city", "LA", 16, 18)
    )  # fmt: skip
    assert flight.meta["entities"] == [{"entity": "city", "role": "from", "value": "New York"}]
    assert [s.name for s in pizza.slots] == ["size", "size"]
    assert pizza.meta["entities"] == [{"entity": "size", "group": "2"}]
    assert pay.slots == (SlotLabel("account", "savings_account", 12, 19),)
    assert apple.text == "the big apple, please [sic]"
    assert apple.slots == (SlotLabel("city", "New York", 0, 13),)
    assert (opening.id, opening.intent) == ("faq.opening_hours-0001", "faq/opening_hours")
    assert opening.text == "when do you open"
    assert opening.meta == {"metadata": {"sentiment": "neutral"}}
    assert today.text == "are you open today"
    assert {u.lang for u in load(tmp_path)} == {"de"}
    assert sorted(problems.notes) == [
        "left out 1 lookup entries: they have no sentences",
        "left out 1 regex entries: they have no sentences",
    ]


def test_markdown_of_rasa_1(tmp_path: Path) -> None:
    write(
        tmp_path,
        "nlu.md",
        """\
        ## intent:check_balance
        - what is my balance <!-- no
        - entity -->
        * how much is on my [savings](source_account)
        + on my [savings account](source_account:savings)

        ## synonym:savings
        - pink pig
        ## intent: spend
        - break the [Pink Pig](source_account)
        ## lookup:currencies
        - Yen
        """,
    )
    problems = Problems()
    balance, savings, account, pig = load(tmp_path, problems)
    assert balance.text == "what is my balance"
    assert savings.slots == (SlotLabel("source_account", "savings", 18, 25),)
    assert account.slots == (SlotLabel("source_account", "savings", 6, 21),)
    assert pig.intent == "spend"
    assert pig.slots == (SlotLabel("source_account", "savings", 10, 18),)
    assert problems.notes == ["left out 1 lookup entries: they have no sentences"]


def test_the_splits_of_rasa(tmp_path: Path) -> None:
    for name in ("training_data", "test_data"):
        write(
            tmp_path, f"train_test_split/{name}.yml", "nlu:\n- intent: a\n  examples: |\n    - b\n"
        )
    assert [(u.split, u.id) for u in load(tmp_path)] == [("test", "a-0001"), ("train", "a-0002")]


@pytest.mark.parametrize(
    ("example", "reason"),
    [
        ('- fly to [LA]{"entity" "city"}', "is not JSON"),
        ('- fly to [LA]{"role": "to"}', 'expected {"entity": "…"}'),
        ("fly to [LA](city)", "expected '- ' and words"),
        ("- fly to [LA](town)", "the entity 'town' is not in the domain; known: city"),
    ],
)
def test_a_broken_example_is_named_by_its_line(tmp_path: Path, example: str, reason: str) -> None:
    write(tmp_path, "domain.yml", "intents:\n- go\nentities:\n- city:\n    roles: [to]\n")
    write(tmp_path, "nlu.yml", f"nlu:\n- intent: go\n  examples: |\n    - fly now\n    {example}\n")
    with pytest.raises(DataError, match=r"nlu\.yml:5: ") as error:
        load(tmp_path)
    assert reason in str(error.value)
    assert [u.text for u in load(tmp_path, Problems(skip=True))] == ["fly now"]


def test_an_intent_that_the_domain_does_not_declare(tmp_path: Path) -> None:
    write(tmp_path, "domain.yml", "intents:\n- greet\n- faq: {is_retrieval_intent: true}\n")
    examples = "  examples: |\n    - words\n"
    write(tmp_path, "nlu.yml", f"nlu:\n- intent: faq/a\n{examples}- intent: great\n{examples}")
    with pytest.raises(DataError, match=r"nlu\.yml:7: the intent 'great' .* did you mean 'greet'"):
        load(tmp_path)
    assert [u.intent for u in load(tmp_path, Problems(skip=True))] == ["faq/a"]


def test_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="found no `nlu:` and no `## intent:`"):
        load(tmp_path)
    write(tmp_path, "nlu.yml", "nlu: [")
    with pytest.raises(DataError, match=r"nlu\.yml"):
        load(tmp_path)
    write(tmp_path, "nlu.yml", "nlu: []")
    with pytest.raises(DataError, match="found no utterance"):
        load(tmp_path)
    write(tmp_path, "nlu.yml", "nlu:\n- text: hello\n")
    with pytest.raises(DataError, match=r"nlu\.yml:2: expected an entry with `intent:`"):
        load(tmp_path)
    (tmp_path / "nlu.yml").write_bytes(b"nlu: \xff")
    with pytest.raises(DataError, match="not UTF-8"):
        load(tmp_path)


_words = st.from_regex(r"[a-zé,.]{1,6}( [a-zé]{1,6}){0,2}", fullmatch=True)


@given(st.lists(st.tuples(_words, st.none() | st.sampled_from(["city", "day"])), min_size=1))
def test_every_slot_lies_where_its_words_are(pieces: list[tuple[str, str | None]]) -> None:
    marked = " ".join(words if name is None else f"[{words}]({name})" for words, name in pieces)
    text, slots, _ = _parse_example(marked, _Project())
    assert text == " ".join(words for words, _ in pieces)
    assert [(s.name, s.words(text)) for s in slots] == [(n, w) for w, n in pieces if n]
