"""hassil sentence templates, as Home Assistant writes them: sentences with their meaning."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...errors import DataError
from ...grammar.formats.format import Options
from ...grammar.formats.hassil_templates import Hassil
from ...grammar.formats.limits import check_limits
from ...jobs.problems import Problems
from ..utterance import Utterance
from .importer import Importer
from .reading.grammar_sentences import grammar_documents, top_keys, utterances_of


def read(folder: Path, problems: Problems) -> Iterator[Utterance]:
    """Sentences of a template file (YAML or JSON), or of a folder whose files belong together.

    Lists that Home Assistant fills at run time (areas, device names) are given in a file with
    `lists:` in the same folder; sentences that need a list without values are left out and noted.
    How many sentences: see grammar_sentences. Raises DataError for another format, GrammarError for
    a mistake in a template.
    """
    hassil = Hassil()
    documents = grammar_documents(folder)
    for path, document in documents:
        if not hassil.recognises(document):
            raise DataError(
                f"{path}: found {', '.join(top_keys(document)[:8]) or 'no names'} at the top "
                "level, expected `intents:` or `lists:` of hassil templates; import its folder "
                "without this file"
            )
    if not any("intents" in top_keys(document) for _, document in documents):
        raise DataError(f"{folder}: found no YAML file with `intents:`, expected {IMPORTER.about}")
    grammar = check_limits(
        hassil.read([d for _, d in documents], Options(folder.resolve().stem, folder))
    )
    for notice in grammar.notices:
        problems.note(str(notice))
    yield from utterances_of(grammar)


IMPORTER = Importer(
    "hassil",
    "sentence templates of hassil or Home Assistant: a YAML file, or a folder of them",
    read,
)
