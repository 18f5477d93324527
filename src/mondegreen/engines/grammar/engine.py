"""The grammar engine: a grammar compiled to a phone graph, that turns search."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...early.usage import Usage
from ...errors import SettingsError
from ...jobs.cache import GRAMMARS, Cache
from ...phonetics.pronouncer import Pronouncer
from ...settings import MOST_THREADS, check_count, check_share
from ...speech.ear import Ear
from ...types import Understanding
from ..engine import Engine, Schema
from . import confidence
from .cached import Written, load_compiled
from .compiled import CompiledGrammar
from .graph import Graph
from .search import SearchSettings
from .turn import GrammarTurn, Knowledge

if TYPE_CHECKING:
    from ...grammar.expression import Grammar
    from ...grammar.home.home import Home
    from ...grammar.source import GrammarText
    from .text_reader import TextReader


@dataclass(repr=False)
class GrammarEngine(Engine):
    """Understands speech over one grammar; `mondegreen.load` makes one."""

    compiled: CompiledGrammar
    ear: Ear
    settings: SearchSettings = field(default_factory=SearchSettings)
    calibration: confidence.Calibration = field(default_factory=confidence.default_calibration)
    usage: Usage | None = None
    """What people said how often; it tells when a sentence is over."""
    kind = "grammar"
    _text_reader: TextReader | None = field(default=None, repr=False)

    @classmethod
    def load(
        cls,
        name: str | Path | Mapping[str, Any] | GrammarText = "starter",
        *,
        lexicon: str | Path | None = None,
        lists: str | Path | Mapping[str, Any] | None = None,
        home: Home | Mapping[str, Any] | str | Path | None = None,
        phones: str | Path | None = None,
        encoder: str | None = None,
        threads: int = 1,
        ear: Ear | None = None,
        settings: SearchSettings | None = None,
        refuse_below: float | None = None,
        usage: str | Path | None = None,
        cache: bool = True,
    ) -> GrammarEngine:
        """Load a grammar by name or path, compile it, and open the weights.

        `lexicon` is a file of the user's own pronunciations, `lists` fills slots the grammar leaves
        to the program (a mapping, or a file of lists), `home` gives the names of a home (see
        load_grammar), `phones` is the folder of another phone reader and `encoder` where its
        encoder is found (see Ear.load), `threads` are those of one call; or share an `ear` that is
        open. Readings less sure than `refuse_below` (0 to 1; by default the grammar's own word) are
        not understood. `usage` is a file of sentences with counts (see Usage.read); it tells
        streams how likely somebody goes on. What was compiled is kept in the cache folder, and used
        while nothing that it was made of has changed; without `cache` it is compiled each time.
        Raises GrammarError, ModelError, SettingsError, and DataError for the usage.
        """
        check_count("threads", threads, MOST_THREADS)
        if lexicon is not None and not isinstance(lexicon, str | Path):
            raise SettingsError(f"lexicon is {lexicon!r}; expected the name of a file")
        if settings is not None and not isinstance(settings, SearchSettings):
            raise SettingsError(f"settings are {settings!r}; expected SearchSettings")
        if refuse_below is not None:
            check_share("refuse_below", refuse_below)
        written = Written(name, lists, home, lexicon)
        compiled = load_compiled(written, Cache(GRAMMARS) if cache else None)
        engine = cls(
            compiled=compiled,
            ear=ear or Ear.load(phones, encoder, threads=threads),
            settings=settings or SearchSettings(),
            usage=None if usage is None else Usage.read(Path(usage)),
        )
        threshold = compiled.refuse_below if refuse_below is None else refuse_below
        if threshold is not None:
            engine.calibration = replace(engine.calibration, threshold=threshold)
        return engine

    @property
    def grammar(self) -> Grammar:
        """All that can be said, and what it means."""
        return self.compiled.grammar

    @property
    def graph(self) -> Graph:
        """The compiled grammar."""
        return self.compiled.graph

    @property
    def pronouncer(self) -> Pronouncer:
        """Says how the grammar's words are pronounced."""
        return self.compiled.pronouncer

    @property
    def model(self) -> str:
        """The grammar's name and a digest of all that it says; `set_slot` changes it."""
        return self.compiled.model

    @property
    def state(self) -> str:
        """See Engine."""
        suffix = "" if self.usage is None else f"+usage:{self.usage.digest[:12]}"
        return self.model + suffix

    @property
    def schema(self) -> Schema:
        """See Engine."""
        return self.compiled.schema

    def begin(self) -> GrammarTurn:
        """See Engine."""
        return GrammarTurn(
            Knowledge(self.graph, self.pronouncer, self.settings, self.calibration, self.usage)
        )

    def read(self, text: str) -> Understanding:
        """See Engine. Words that could be read in several ways mean what the grammar has first."""
        from .text_reader import TextReader

        reader = self._text_reader
        if reader is None or reader.grammar is not self.grammar:
            reader = self._text_reader = TextReader(self.grammar)
        return replace(reader.read(text), engine=self.kind, model=self.model)

    def set_slot(self, name: str, values: Mapping[str, Iterable[str]] | Iterable[str]) -> None:
        """Replace a slot's values at run time; only that slot is compiled again.

        `values` are names, said as written, or a mapping from each value to the ways it is said.
        100,000 names take seconds; names without a word that the pronouncer can read are left out.
        Utterances that are being spoken are understood by the values that they began with. Raises
        GrammarError for a slot the grammar does not have and for values that are not text.
        """
        self.compiled.set_slot(name, values)
