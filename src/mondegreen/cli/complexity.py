"""`mondegreen complexity`: measure a task, make ladders of simpler ones, study, report."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import DataError, GrammarError, SettingsError, in_one_line
from ..jobs.strict_json import to_json
from .shared.options import (
    AsJson,
    Changes,
    HomeFile,
    Lists,
    RayAddress,
    RecipeFile,
    Seed,
    WithSettings,
    WorkersAnywhere,
    group,
    settings_from,
)
from .shared.output import print_json

if TYPE_CHECKING:
    from ..complexity.corpus import Corpus
    from ..complexity.study.ladder import Rung

app = group("How hard a voice task is, and what accuracy it can have.")
GRAMMARS = (".yaml", ".yml", ".json")
TABLES = (".csv", ".tsv", ".json")
"""Endings of data that are no transcripts: their column names and labels would count as words."""

Embedding = Annotated[
    str, typer.Option(help="Sentence embedding: static, minilm, or transformers:FOLDER.")
]
Rungs = Annotated[int, typer.Option(min=2, help="Virtual data sets of falling complexity.")]
Ngram = Annotated[int, typer.Option(min=1, max=5, help="What may be rare: runs of so many words.")]
Smallest = Annotated[
    float, typer.Option(min=0.01, max=0.99, help="Share of training that the last rung keeps.")
]


_IMPORT_FIRST = (
    "a table is no list of transcripts; 'mondegreen data import' makes a manifest (.jsonl) of it "
    "(--formats lists what it reads), or give its texts alone in a .txt file, one a line"
)


def _say(line: str) -> None:
    print(in_one_line(line), file=sys.stderr)


def _corpus(path: Path) -> Corpus:
    """The transcripts in a manifest (.jsonl) or a text file."""
    from ..complexity.corpus import from_manifest, from_text

    if not path.exists():
        raise DataError(f"{path}: no such file")
    if path.suffix.lower() in TABLES:
        raise DataError(f"{path}: {_IMPORT_FIRST}")
    if path.suffix in GRAMMARS:
        raise DataError(
            f"{path}: a grammar has no transcripts; count its sentences with 'mondegreen "
            "complexity measure', or write some with 'mondegreen grammar sample'"
        )
    return from_manifest(path) if path.suffix == ".jsonl" else from_text(path)


@app.command()
def measure(
    data: Annotated[
        list[Path],
        typer.Argument(metavar="DATA...", help="Manifest, grammar (.yaml), or transcripts."),
    ],
    embedding: Embedding = "static",
    size: Annotated[
        int, typer.Option(min=1, help="Utterances of the parts in which sizes are compared.")
    ] = 1_000,
    lists: Lists = None,
    home: HomeFile = None,
    seed: Seed = 1,
    as_json: AsJson = False,
) -> None:
    """Measure the semantic complexity of data sets, side by side.

    Measures that grow with the number of utterances are also given for random parts of equal size,
    no larger than the smallest set; a set that is no larger than a part has no range.
    """
    from ..complexity.measures.measure import as_json as whole
    from ..complexity.measures.measure import measure_corpus, part_sizes, rarefied

    # All are read before any is measured: the smallest says how large equal parts can be.
    corpora = {i: _corpus(p) for i, p in enumerate(data) if not _is_grammar(p)}
    sizes = part_sizes(list(corpora.values()), size)
    rows: list[dict[str, Any]] = []
    for number, path in enumerate(data):
        if number not in corpora:
            rows.append(_grammar(path, lists, home, seed))
            continue
        corpus = corpora[number]
        measures = measure_corpus(corpus, embedding=embedding, seed=seed, say=_say)
        _say(
            f"{corpus.name}: random parts of {sizes.utterances:,} utterances (for embeddings "
            f"{sizes.transcripts:,} different transcripts, for sounds {sizes.sounds:,} utterances)"
        )
        parts = rarefied(corpus, embedding=embedding, size=sizes, seed=seed)
        rows.append({**whole(measures), "rarefied": {k: vars(v) for k, v in parts.items()}})
    if as_json:
        print_json(rows)
        return
    from .shared.complexity_tables import show_measures

    show_measures(rows)


def _is_grammar(path: Path) -> bool:
    return path.is_dir() or path.suffix in GRAMMARS


def _grammar(path: Path, lists: Path | None, home: Path | None, seed: int) -> dict[str, Any]:
    """The exact measures of a grammar."""
    from dataclasses import asdict

    from ..complexity.measures.of_grammar import measure as measure_grammar
    from ..grammar.load import load_grammar

    _say(f"{path}: counting sentences")
    try:
        grammar = load_grammar(path, lists=lists, home=home)
    except GrammarError as error:
        if path.suffix != ".json":
            raise
        raise DataError(f"{error}; where these are data, {_IMPORT_FIRST}") from error
    measures = measure_grammar(grammar, seed=seed)
    return {"name": path.stem, "grammar": asdict(measures)}


@app.command()
def ladder(
    manifest: Annotated[Path, typer.Argument(help="Manifest with a split 'train'.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for a manifest of each rung.")],
    rungs: Rungs = 8,
    ngram: Ngram = 1,
    smallest: Smallest = 0.25,
    control: Annotated[bool, typer.Option(help="Make the control ladder as well.")] = True,
    seed: Seed = 1,
    as_json: AsJson = False,
) -> None:
    """Make ever simpler data sets by leaving out utterances with rare words, all of one size."""
    from ..complexity.study.ladder import build
    from ..data.manifest import Manifest

    steps = build(
        Manifest.open(manifest).checked(),
        rungs=rungs,
        ngram=ngram,
        smallest=smallest,
        seed=seed,
        control=control,
    )
    table = _write_ladder(steps, manifest, out)
    if as_json:
        print_json([{**row, "manifest": str(out / row["manifest"])} for row in table])
        return
    from .shared.complexity_tables import show_ladder

    show_ladder(table)


def _write_ladder(rungs: list[Rung], manifest: Path, out: Path) -> list[dict[str, Any]]:
    """A manifest for each rung in `out`, and `ladder.json`; what the latter holds.

    It names manifests as seen from `out`, so that the folder can be moved. Rungs of a ladder that
    was there before go away: the folder holds one ladder.
    """
    import msgspec

    from ..complexity.corpus import from_utterances
    from ..complexity.measures.lexical import measure as measure_words
    from ..data.importers.reading.placing import Placing
    from ..data.manifest import write_manifest
    from ..jobs.files import replacing
    from ..jobs.lock import alone

    table = []
    source = manifest.resolve().parent
    with alone(out, folder=True), Placing(out / "ladder.json", source) as placing:
        for rung in rungs:
            rows = (
                msgspec.structs.replace(u, audio=placing.path(u.audio)) if u.audio else u
                for u in rung.rows
            )
            path = out / f"{rung.name}.jsonl"
            write_manifest(path, rows)
            words = measure_words(from_utterances(rung.name, rung.rows))
            table.append(
                {
                    "rung": rung.name, "manifest": path.name, "threshold": rung.threshold,
                    "share": round(rung.share, 4), "utterances": len(rung.rows),
                    "vocabulary": words.vocabulary, "unique": words.unique,
                    "entropy_1": words.entropy_1,
                }
            )  # fmt: skip
        for old in out.glob("*.jsonl"):
            number = re.fullmatch(r"(?:rung|control)-\d+", old.stem)
            if number and old.stem not in {rung.name for rung in rungs}:
                old.unlink()
        with replacing(out / "ladder.json") as temporary:
            temporary.write_text(to_json(table, indent=1) + "\n", encoding="utf-8")
    return table


@app.command(cls=WithSettings)
def study(
    manifest: Annotated[Path, typer.Argument(help="Spoken manifest with splits train and test.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the study.")],
    recipe: RecipeFile = None,
    changes: Changes = None,
    embedding: Embedding = "static",
    workers: WorkersAnywhere = None,
    ray: RayAddress = None,
    as_json: AsJson = False,
) -> None:
    """Train a model on every rung of a ladder, and see how its accuracy follows complexity.

    A stopped study goes on with the next run when it is started again. 'complexity report' makes a
    page of the results.
    """
    from ..complexity.study.study import Settings
    from ..complexity.study.study import study as conduct
    from ..jobs.ray_pool import workers_on

    settings = settings_from(Settings(), recipe, changes)
    with workers_on(ray, workers) as count:
        results = conduct(manifest, out, settings, embedding=embedding, workers=count, say=_say)
    if as_json:
        print_json(results)
        return
    from .shared.complexity_tables import show_study

    show_study(results)


@app.command()
def report(
    source: Annotated[Path, typer.Argument(help="Folder of a study, or data to measure.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The page to write (.html).")],
    pictures: Annotated[
        Path | None, typer.Option(help="Folder for the pictures as PNG files as well.")
    ] = None,
    embedding: Embedding = "static",
    seed: Seed = 1,
) -> None:
    """Make one self-contained page: how hard this task is, what to expect, what makes it hard."""
    from ..complexity.study.report import from_data, from_study, write

    if out.suffix != ".html":
        raise SettingsError(f"{out}: found the ending {out.suffix or '(none)'!r}, expected .html")
    if source.is_dir():
        content = from_study(source, embedding=embedding, seed=seed, say=_say)
    else:
        content = from_data(_corpus(source), embedding=embedding, seed=seed, say=_say)
    write(content, out, pictures)
    print(out)
