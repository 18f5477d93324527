"""The files of Home Assistant's repository of intents, and of its neighbours."""

from __future__ import annotations

from pathlib import Path

import pytest

from mondegreen.errors import GrammarError
from mondegreen.grammar.analysis.check import check
from mondegreen.grammar.analysis.sample import sample
from mondegreen.grammar.expression import Grammar
from mondegreen.grammar.load import load_grammar

FILES = {
    "sentences/en/_common.yaml": """
        language: en
        responses: {errors: {no_intent: "Sorry"}}
        lists: {state: {values: [{in: "on", out: "on"}]}}
        expansion_rules: {turn: "(turn|switch)"}
    """,
    "sentences/en/HassTurnOn/name_only.yaml": """
        language: en
        data:
          - sentences: ["<turn> on [<the>] {name}"]
            example: "turn on the overhead light"
            name_domains: [light, switch]
            response: default
          - sentences: ["open {name}"]
            name_domains: [cover]
    """,
    "sentences/en/HassGetState/domain_state.yaml": """
        language: en
        data:
          - sentences: ["are any lights {state}"]
            inferred_domain: light
            response: any
    """,
    "sentences/en/HassNevermind/default.yaml": """
        language: en
        sentences: ["never[ ]mind"]
        response: default
    """,
    "sentences/en/media_player_HassMediaPause.yaml": """
        language: en
        intents:
          HassMediaPause:
            data:
              - sentences: ["pause [<media>]"]
    """,
    "rules/en/nouns.yaml": 'language: en\nexpansion_rules: {media: "(music|movie)"}',
    "rules/de/nouns.yaml": 'language: de\nexpansion_rules: {media: "musik"}',
    "lists/shared.yaml": "lists: {name: {values: [{in: hall lamp, context: {domain: light}}]}}",
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def meanings(grammar: Grammar) -> dict[str, tuple[str, dict[str, object]]]:
    return {
        s.text: (s.intent, {slot.name: slot.value for slot in s.slots})
        for s in sample(grammar, 400)
    }


def test_the_repository_of_intents_loads_as_it_is(repository: Path) -> None:
    grammar = load_grammar(repository / "sentences" / "en")
    assert meanings(grammar) == {
        "turn on hall lamp": ("HassTurnOn", {"name": "hall lamp"}),
        "switch on hall lamp": ("HassTurnOn", {"name": "hall lamp"}),
        "are any lights on": ("HassGetState", {"state": "on", "domain": "light"}),
        "nevermind": ("HassNevermind", {}),
        "never mind": ("HassNevermind", {}),
        "pause": ("HassMediaPause", {}),
        "pause music": ("HassMediaPause", {}),
        "pause movie": ("HassMediaPause", {}),
    }


def test_what_the_repository_lacks_is_told_with_its_own_file_and_line(repository: Path) -> None:
    grammar = load_grammar(repository / "sentences" / "en")
    turn_on = str(repository / "sentences/en/HassTurnOn/name_only.yaml")
    places = {
        (f.severity, f.message.partition(":")[0]): (f.source, f.line)
        for f in check(grammar)
        if f.code == "notice"
    }
    assert places == {
        ("warning", "rule <the> is not defined under `expansion_rules"): (turn_on, 4),
        ("note", "list {name} has no values for domain=cover"): (turn_on, 8),
    }


def test_one_file_of_the_repository_loads_by_its_folder_s_name(repository: Path) -> None:
    grammar = load_grammar(repository / "sentences/en/HassNevermind/default.yaml")
    assert grammar.intents == ("HassNevermind",)


@pytest.mark.parametrize(
    ("name", "intent"), [("HassStop.yaml", "HassStop"), ("timer_HassStop.yaml", "HassStop")]
)
def test_a_file_may_be_named_by_its_intent(tmp_path: Path, name: str, intent: str) -> None:
    (tmp_path / name).write_text('data: [{sentences: ["stop it"]}]')
    assert load_grammar(tmp_path / name).intents == (intent,)


def test_a_file_that_names_no_intent_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "stop.yaml").write_text('data: [{sentences: ["stop it"]}]')
    with pytest.raises(GrammarError, match=r"neither the file 'stop.yaml' nor its folder 'mine'"):
        load_grammar(folder)
    (folder / "stop.yaml").write_text('sentences: ["stop it"]')
    with pytest.raises(GrammarError, match=r": nothing says what .*: those of Speech-to-Phrase"):
        load_grammar(folder / "stop.yaml")
    with pytest.raises(GrammarError, match="no file to name the intent"):
        load_grammar({"data": [{"sentences": ["stop it"]}]})


@pytest.mark.parametrize(
    "data",
    [
        '["never[ ]mind", "what time is it"]',
        '[{sentences: ["open {name}"], domains: [cover]}]',
    ],
)
def test_speech_to_phrase_is_named_for_what_it_is(tmp_path: Path, data: str) -> None:
    path = tmp_path / "en.yaml"
    path.write_text(f"language: en\nlists: {{color: [red]}}\ndata: {data}\n")
    with pytest.raises(GrammarError, match=r"Speech-to-Phrase.*no intents.*home-assistant-intents"):
        load_grammar(path)


def test_sentences_that_are_handed_on_as_others_are_speech_to_phrase(tmp_path: Path) -> None:
    path = tmp_path / "en.yaml"
    path.write_text('sentences: ["lights on", {in: "lights off", out: "turn off the lights"}]\n')
    with pytest.raises(GrammarError, match="these are sentences of Speech-to-Phrase"):
        load_grammar(path)


def test_lists_alone_are_no_grammar(tmp_path: Path) -> None:
    path = tmp_path / "lists.yaml"
    path.write_text("lists: {color: [red]}\n")
    with pytest.raises(GrammarError, match=r"lists and rules, and no sentences; expected `int"):
        load_grammar(path)
