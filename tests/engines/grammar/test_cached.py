"""Compiled grammars on disk: the same answers to the digit, and used only where nothing changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from mondegreen.engines.grammar import cached
from mondegreen.engines.grammar.cached import Written, load_compiled
from mondegreen.engines.grammar.compiled import CompiledGrammar
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.engines.grammar.graph import Graph
from mondegreen.errors import GrammarError
from mondegreen.grammar.load import load_grammar
from mondegreen.jobs.cache import GRAMMARS, VARIABLE, Cache
from mondegreen.speech.ear import Ear
from mondegreen.types import Understanding

Say = Callable[..., np.ndarray]

ORDERS = """
context:
  expressions:
    order:
      - "[bring, get] me (a) $size:size $drink:drink (please)"
      - "[bring, get] me $mondegreen.Cardinal:count $drink:drink"
    wait: ["wait $mondegreen.Duration:time", "wait until $mondegreen.Time:time"]
    ask: ["tell me $mondegreen.Words:question"]
  slots:
    size: ["small", {value: 2, say: [medium, "middle sized"]}, "large"]
    drink: {catalogue: drinks.txt}
"""
HOME = """
language: en
intents:
  SetVolume:
    data:
      - sentences: ["set [the] volume to {volume} [percent]", "turn {name} (on|off)"]
      - sentences: ["louder <by_how_much>"]
        slots: {domain: media, level: [1, 2.5, null]}
lists:
  volume:
    range: {from: 0, to: 100, multiplier: 0.01}
"""


@pytest.fixture(scope="module")
def ear() -> Ear:
    """One for all engines."""
    return Ear.load()


@pytest.fixture
def store(tmp_path: Path) -> Cache:
    """An empty one."""
    return Cache(GRAMMARS, folder=tmp_path / "cache")


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """A grammar with a catalogue beside it."""
    (tmp_path / "drinks.txt").write_text("lemonade\napple juice\nyerba mate\n", encoding="utf-8")
    path = tmp_path / "orders.yaml"
    path.write_text(ORDERS, encoding="utf-8")
    return path


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """One entry for each time that a grammar is read and compiled."""
    calls: list[object] = []
    compile_anew = cached._compile

    def counted(written: Written) -> CompiledGrammar:
        calls.append(written)
        return compile_anew(written)

    monkeypatch.setattr(cached, "_compile", counted)
    return calls


def entries(store: Cache) -> list[Path]:
    """The files in the store."""
    assert store.folder is not None
    return sorted(store.folder.iterdir()) if store.folder.is_dir() else []


def assert_same_graph(one: Graph, other: Graph) -> None:
    """Every array and every table, but what interprets slots, which is a function."""
    for part in fields(Graph):
        first, second = getattr(one, part.name), getattr(other, part.name)
        if isinstance(first, np.ndarray):
            assert first.dtype == second.dtype, part.name
            np.testing.assert_array_equal(first, second, part.name)
        elif part.name == "slots":
            assert [(n, s.free) for n, s in first.items()] == [
                (n, s.free) for n, s in second.items()
            ]
        else:
            assert first == second, part.name


def answer(result: Understanding) -> dict[str, object]:
    """All of it but the time it took."""
    return {k: v for k, v in result.to_json().items() if k != "compute_ms"}


def same_grammar(one: CompiledGrammar, other: CompiledGrammar) -> bool:
    return repr(one.grammar) == repr(other.grammar)


@pytest.mark.parametrize("source", ["starter", ORDERS, HOME])
def test_what_comes_back_is_what_was_compiled(source: str, store: Cache, orders: Path) -> None:
    path = source if source == "starter" else str(orders)
    if source == HOME:
        orders.write_text(HOME, encoding="utf-8")
    lists = {"name": [{"in": "[the] fan", "out": "fan.1"}]} if source == HOME else None
    fresh = load_compiled(Written(path, lists), store)
    back = load_compiled(Written(path, lists), store)
    assert back._stored is not None
    assert_same_graph(back.graph, fresh.graph)
    assert (back.model, back.schema) == (fresh.model, fresh.schema)
    assert back.grammar.notices == fresh.grammar.notices
    assert same_grammar(back, fresh)


def test_a_stored_engine_answers_to_the_digit(
    store: Cache, orders: Path, ear: Ear, say: Say
) -> None:
    engines = [GrammarEngine(load_compiled(Written(orders), store), ear) for _ in range(2)]
    assert engines[1].compiled._stored is not None
    for text in (
        "bring me a large apple juice",
        "get me two yerba mate",
        "get me a middle sized lemonade please",
        "wait ten minutes",
        "wait until half past nine",
        "tell me where the moon is",
        "what is the capital of france",
    ):
        fresh, stored = (answer(engine.understand(say(text), n_best=3)) for engine in engines)
        assert stored == fresh


def test_a_slot_of_a_stored_engine_can_be_replaced(
    store: Cache, orders: Path, ear: Ear, say: Say
) -> None:
    engines = [GrammarEngine(load_compiled(Written(orders), store), ear) for _ in range(2)]
    texts = ["bring me a large ginger ale", "get me nine grape sodas", "wait ten minutes"]
    for values in ({"ALE": ["ginger ale"], "SODA": "grape sodas"}, ["ginger", "grape soda"]):
        for engine in engines:
            engine.set_slot("drink", values)
        assert_same_graph(engines[1].graph, engines[0].graph)
        for text in texts:
            fresh, stored = (answer(e.understand(say(text), n_best=3)) for e in engines)
            assert stored == fresh
    assert engines[1].model == engines[0].model
    with pytest.raises(GrammarError, match=r"no slot \$drnk.*drink"):
        engines[1].set_slot("drnk", ["x"])


def test_a_slot_that_no_sentence_uses_changes_nothing(store: Cache, orders: Path) -> None:
    orders.write_text(ORDERS + '    unused: ["one thing"]\n', encoding="utf-8")
    fresh, stored = (load_compiled(Written(orders), store) for _ in range(2))
    for compiled in (fresh, stored):
        compiled.set_slot("unused", ["another thing"])
    assert_same_graph(stored.graph, fresh.graph)
    assert stored.model == fresh.model


def test_nothing_is_compiled_twice(store: Cache, orders: Path, compilations: list[object]) -> None:
    for _ in range(3):
        load_compiled(Written(orders, {"a": ["b"]}), store)
    assert len(compilations) == 1
    load_compiled(Written(orders, {"a": ["c"]}), store)
    assert len(compilations) == 2


@pytest.mark.parametrize(
    "changed", ["orders.yaml", "drinks.txt", "lexicon.txt", "lists.yaml", "home.yaml"]
)
def test_a_file_that_changed_counts(
    changed: str, store: Cache, orders: Path, compilations: list[object]
) -> None:
    folder = orders.parent
    (folder / "lexicon.txt").write_text("mate  m ɑ t eɪ\n", encoding="utf-8")
    (folder / "lists.yaml").write_text("lists:\n  area: [hall]\n", encoding="utf-8")
    (folder / "home.yaml").write_text("areas: [hall]\n", encoding="utf-8")

    written = Written(orders, folder / "lists.yaml", folder / "home.yaml", folder / "lexicon.txt")

    def load() -> CompiledGrammar:
        return load_compiled(written, store)

    load()
    assert load().pronouncer.lexicon["mate"] == ("m ɑ t eɪ",)
    assert len(compilations) == 1
    path = folder / changed
    status = path.stat()
    text = path.read_text(encoding="utf-8")
    # As many bytes as before, at the same time.
    path.write_text(text.replace("mate", "mete").replace("hall", "hell").replace("small", "smell"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    load()
    assert len(compilations) == 2
    load()
    assert len(compilations) == 2


def test_a_mistake_is_reported_each_time(store: Cache, orders: Path) -> None:
    load_compiled(Written(orders), store)
    (orders.parent / "drinks.txt").unlink()
    for _ in range(2):
        with pytest.raises(GrammarError, match=r"drinks\.txt"):
            load_compiled(Written(orders), store)


def test_a_file_that_joins_a_folder_counts(
    store: Cache, tmp_path: Path, compilations: list[object]
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "one.yaml").write_text(HOME, encoding="utf-8")
    load_compiled(Written(home, {"name": ["fan"]}), store)
    (home / "two.yaml").write_text(HOME.replace("Volume", "Loudness"), encoding="utf-8")
    both = load_compiled(Written(home, {"name": ["fan"]}), store)
    assert set(both.schema.intents) == {"SetVolume", "SetLoudness"}
    (home / "two.yaml").unlink()
    os.mkfifo(home / "pipe.yaml")
    for _ in range(2):
        one = load_compiled(Written(home, {"name": ["fan"]}), store)
        assert any("pipe.yaml" in str(notice) for notice in one.grammar.notices)
    assert len(compilations) == 4


def test_a_registry_that_joins_a_home_counts(
    store: Cache, tmp_path: Path, compilations: list[object]
) -> None:
    def registry(kind: str, rows: list[dict[str, object]]) -> None:
        content = {"data": {"areas" if kind == "area" else "entities": rows}}
        (tmp_path / f"core.{kind}_registry").write_text(json.dumps(content), encoding="utf-8")

    sentences = ["light up {area}", "light up {name}"]
    grammar = {"language": "en", "intents": {"On": {"data": [{"sentences": sentences}]}}}
    registry("entity", [{"entity_id": "light.lamp", "name": "Desk lamp"}])
    for _ in range(2):
        alone = load_compiled(Written(grammar, home=tmp_path), store)
    assert len(compilations) == 1
    assert "desk" in alone.graph.words
    registry("area", [{"id": "den", "name": "Den"}])
    assert "den" in load_compiled(Written(grammar, home=tmp_path), store).graph.words
    registry("area", [{"id": "loft", "name": "Loft"}])
    assert "loft" in load_compiled(Written(grammar, home=tmp_path), store).graph.words


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda data: data[:1000],
        lambda data: data[:-1],
        lambda data: data[:5000] + bytes([data[5000] ^ 1]) + data[5001:],
        lambda data: data.replace(b"grammar 001", b"grammar 000", 1),
        lambda _: b"something else entirely\n" * 1000,
    ],
)
def test_what_is_damaged_is_made_again(
    damage: Callable[[bytes], bytes], store: Cache, orders: Path, compilations: list[object]
) -> None:
    load_compiled(Written(orders), store)
    (path,) = entries(store)
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    load_compiled(Written(orders), store)
    assert len(compilations) == 2
    load_compiled(Written(orders), store)
    assert len(compilations) == 2


def test_an_entry_under_another_name_is_not_used(
    store: Cache, orders: Path, compilations: list[object]
) -> None:
    load_compiled(Written(orders), store)
    load_compiled(Written("starter"), store)
    first, second = entries(store)
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)
    assert set(load_compiled(Written(orders), store).schema.intents) == {"order", "wait", "ask"}
    assert len(compilations) == 3


def test_other_code_makes_another_entry(
    store: Cache, orders: Path, compilations: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    load_compiled(Written(orders), store)
    monkeypatch.setattr(cached, "_code_digest", lambda: "another")
    load_compiled(Written(orders), store)
    monkeypatch.setattr(cached, "_dictionary_state", lambda: [("lexicon_us_gold", 1, 2)])
    load_compiled(Written(orders), store)
    assert len(compilations) == len(entries(store)) == 3


def test_the_code_digest_changes_with_the_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "package"
    for folder in cached._MADE_BY:
        (package / folder).mkdir(parents=True)
        (package / folder / "code.py").write_text("a = 1\n")
    monkeypatch.setattr(cached, "_PACKAGE", package)
    digests = []
    for text in ("a = 1\n", "a = 2\n"):
        (package / cached._MADE_BY[-1] / "code.py").write_text(text)
        cached._code_digest.cache_clear()
        digests.append(cached._code_digest())
    cached._code_digest.cache_clear()
    assert digests[0] != digests[1]


def test_what_cannot_be_kept_still_works(
    orders: Path, tmp_path: Path, compilations: list[object]
) -> None:
    (tmp_path / "file").write_text("no folder")
    for folder in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/cache")):
        compiled = load_compiled(Written(orders), Cache(GRAMMARS, folder=folder))
        assert compiled.graph.states
    assert len(compilations) == 3
    assert (tmp_path / "file").read_text() == "no folder"


def test_a_pipe_and_values_of_other_types_are_not_kept(
    store: Cache, orders: Path, compilations: list[object]
) -> None:
    class Text(str):
        """No plain text."""

    load_compiled(Written(orders, {Text("area"): ["hall"]}), store)
    load_compiled(Written(orders, {"area": iter(["hall"])}), store)
    pipe = orders.parent / "lists"
    os.mkfifo(pipe)
    writer = subprocess.Popen(
        [sys.executable, "-c", f"open({str(pipe)!r}, 'w').write('lists: {{area: [hall]}}')"]
    )
    load_compiled(Written(orders, pipe), store)
    assert writer.wait() == 0
    assert len(compilations) == 3
    assert entries(store) == []


def test_a_mapping_is_kept_as_well(store: Cache, compilations: list[object]) -> None:
    one = {"context": {"expressions": {"order": ["bring me $drink:drink"]},
                       "slots": {"drink": ["tea", "milk"]}}}  # fmt: skip
    two = {"context": {"expressions": {"order": ["bring me $drink:drink"]},
                       "slots": {"drink": ["tea", "water"]}}}  # fmt: skip
    for _ in range(2):
        assert "milk" in load_compiled(Written(one), store).graph.words
        assert "water" in load_compiled(Written(two), store).graph.words
    assert len(compilations) == 2


def test_a_grammar_of_another_package_is_read_each_time(
    store: Cache, orders: Path, compilations: list[object], install: Callable[..., None]
) -> None:
    install("formatter", "class Other: pass", "mondegreen.grammars", "other = formatter:Other")
    for _ in range(2):
        load_compiled(Written(orders), store)
    assert len(compilations) == 2


def test_two_processes_at_once(orders: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from mondegreen.engines.grammar.cached import Written, load_compiled\n"
        "from mondegreen.jobs.cache import GRAMMARS, Cache\n"
        "compiled = load_compiled(Written(sys.argv[1]), Cache(GRAMMARS))\n"
        "import json; print(json.dumps([compiled.model, compiled.graph.states]))"
    )
    environment = {**os.environ, VARIABLE: str(tmp_path / "shared")}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(orders)], stdout=subprocess.PIPE, env=environment
        )
        for _ in range(3)
    ]
    printed = [json.loads(process.communicate()[0]) for process in running]
    assert printed[0] == printed[1] == printed[2]
    assert [p.suffix for p in (tmp_path / "shared").iterdir()] == [f".{GRAMMARS}"]


def test_without_a_store_nothing_is_written(orders: Path, cache_folder: Path, ear: Ear) -> None:
    before = set(cache_folder.iterdir())
    GrammarEngine.load(orders, ear=ear, cache=False)
    assert set(cache_folder.iterdir()) == before
    GrammarEngine.load(orders, ear=ear)
    assert len(set(cache_folder.iterdir()) - before) == 1


def test_problems_of_a_grammar_never_come_from_a_store(orders: Path) -> None:
    """`load_grammar`, which `grammar check` reads with, knows no store."""
    with_store = GrammarEngine.load(orders).grammar
    orders.write_text(ORDERS.replace("catalogue", "catalog"), encoding="utf-8")
    with pytest.raises(GrammarError, match="catalog"):
        load_grammar(orders)
    assert with_store.sentences
