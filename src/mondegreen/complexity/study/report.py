"""One page about a task: how hard it is, what accuracy to expect, what makes it hard."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from ...data.manifest import Manifest
from ...errors import DataError
from ...jobs.files import replacing
from ...version import __version__
from ..corpus import Corpus, each_once, from_utterances
from ..measures.measure import LABELS, Measured, measure_corpus
from . import advice, study_pictures
from .relation import FEWEST_RUNGS, TOO_FEW_RUNGS
from .study import RESULTS

Say = Callable[[str], None]


@dataclass
class Section:
    """A part of the page: a heading over blocks of HTML."""

    title: str
    blocks: list[str] = field(default_factory=list)

    def text(self, words: str) -> None:
        """Add a paragraph."""
        self.blocks.append(f"<p>{escape(words)}</p>")

    def table(self, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Add a table; numbers stand to the right."""
        cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
        lines = []
        for row in rows:
            lines.append("".join(f"<td>{escape(cell)}</td>" for cell in row))
        body = "".join(f"<tr>{line}</tr>" for line in lines)
        self.blocks.append(f"<table><tr>{cells}</tr>{body}</table>")

    def picture(self, data: bytes, words: str) -> None:
        """Add a picture (PNG) with its description."""
        encoded = base64.b64encode(data).decode()
        self.blocks.append(
            f'<figure><img src="data:image/png;base64,{encoded}" alt="{escape(words)}">'
            f"<figcaption>{escape(words)}</figcaption></figure>"
        )


@dataclass
class Page:
    """What a report says."""

    title: str
    lead: list[str]
    sections: list[Section]
    pictures: dict[str, bytes]
    """By file name."""


def as_text(value: float | None) -> str:
    """A number as people read it; a dash where there is none."""
    if value is None:
        return "–"
    if float(value).is_integer() and abs(value) >= 1:
        return f"{int(value):,}"
    return f"{value:,.1f}" if abs(value) >= 100 else f"{value:.3g}"


def from_data(corpus: Corpus, *, embedding: str, seed: int = 1, say: Say = lambda _: None) -> Page:
    """The page about a data set. Raises DataError for one without a word."""
    return _page(corpus, None, embedding, seed, say)


def from_study(folder: Path, *, embedding: str, seed: int = 1, say: Say = lambda _: None) -> Page:
    """The page about a finished study. Raises DataError when there is none in `folder`."""
    path = folder / RESULTS
    if not path.is_file():
        raise DataError(
            f"{folder}: found no {RESULTS} of a study; 'mondegreen complexity study' makes one"
        )
    results = json.loads(path.read_text(encoding="utf-8"))
    manifest = Manifest.open(results["source"])
    corpus = from_utterances(results["name"], each_once(manifest))
    page = _page(corpus, results, embedding, seed, say)
    if len(corpus) < len(manifest):
        page.lead.insert(
            1,
            f"Of the {len(manifest):,} recordings, versions of one utterance are counted once.",
        )
    return page


def _page(
    corpus: Corpus, results: Mapping[str, Any] | None, embedding: str, seed: int, say: Say
) -> Page:
    measured = measure_corpus(corpus, embedding=embedding, seed=seed, say=say)
    if not measured.lexical.words:
        raise DataError(f"{corpus.name}: there is no word in it to report on")
    say("writing the page")
    images: dict[str, bytes] = {}
    relations = _relations(results)
    best = relations[0] if relations else None
    sections = [_standing(measured, images)]
    if results is not None:
        sections.append(_study(results, images))
    sections += [
        _hard_words(corpus, results, images),
        _hard_meanings(measured),
        _all_measures(measured),
    ]
    name, why = advice.engine(measured.numbers())
    lead = [
        f"{corpus.name}: {measured.lexical.utterances:,} utterances, "
        f"{measured.lexical.unique:,} different, of {measured.lexical.vocabulary:,} words. "
        f"{advice.standing(measured.lexical.entropy_1)}",
        f"A {name} engine fits: {why}.",
    ]
    if results is not None and best is not None:
        lead.append(_expectation(results, best))
    return Page(f"Semantic complexity of {corpus.name}", lead, sections, images)


def _relations(results: Mapping[str, Any] | None) -> Sequence[Mapping[str, Any]]:
    """Measures against exact match; none without a study, or where it has too few rungs."""
    if results is None or sum(not rung["control"] for rung in results["rungs"]) < FEWEST_RUNGS:
        return ()
    relations: Sequence[Mapping[str, Any]] = results["relations"]["exact_match"]
    return relations


def _expectation(results: Mapping[str, Any], best: Mapping[str, Any]) -> str:
    line = advice.line_of(best)
    value = results["rungs"][0]["measures"][best["measure"]]
    return (
        f"With {results['rungs'][0]['train']:,} training utterances, the model "
        f"{results['settings']['learner']} gets {advice.expected(line, value)} of all utterances "
        "wholly right (intent and slots)."
    )


def _standing(measured: Measured, images: dict[str, bytes]) -> Section:
    section = Section("Where it stands")
    images["among-references.png"] = study_pictures.among_references(
        measured.name, measured.numbers()
    )
    section.picture(images["among-references.png"], "Entropies beside those of reference sets.")
    section.table(
        ("data set", "utterances", "|V|", "|U|", "H1", "H2", "H3", "source", "licence"),
        [
            (r.name, f"{r.utterances:,}", f"{r.vocabulary:,}", f"{r.unique:,}",
             f"{r.entropy_1:.2f}", f"{r.entropy_2:.2f}", f"{r.entropy_3:.2f}",
             r.source if r.measured else f"{r.source}, quoted", r.licence)
            for r in advice.references()
        ],
    )  # fmt: skip
    section.text(
        "Entropies are of the observed words inside utterances, lower case, [a-z0-9'], without "
        "padding. They grow with the number of utterances; compare sets of unlike size by the "
        "values of equal parts ('mondegreen complexity measure')."
    )
    return section


def _study(results: Mapping[str, Any], images: dict[str, bytes]) -> Section:
    section = Section("Accuracy and complexity")
    ladder = [r for r in results["rungs"] if not r["control"]]
    control = [r for r in results["rungs"] if r["control"]]
    images["rungs.png"] = study_pictures.accuracy_by_rung(results)
    section.picture(images["rungs.png"], "Accuracy over the rungs, with 95 % intervals.")
    section.text(_control_says(ladder, control))
    section.table(
        ("rung", "rarest word", "train", "|V|", "H1", "exact match", "intent", "slot F1", "runs"),
        [
            (r["rung"], str(r["threshold"]), f"{r['train']:,}",
             as_text(r["measures"]["vocabulary"]), as_text(r["measures"]["entropy_1"]),
             f"{r['exact_match']:.1%}", f"{r['intent_accuracy']:.1%}", f"{r['slot_f1']:.3f}",
             str(len(r["runs"])))
            for r in results["rungs"]
        ],
    )  # fmt: skip
    if len(ladder) < FEWEST_RUNGS:
        section.text(TOO_FEW_RUNGS)
        return section
    relations = _relations(results)
    if not relations:
        section.text("No measure varies over the rungs, so none can be related to accuracy.")
        return section
    for number, relation in enumerate(relations[:2], 1):
        name = f"measure-{number}.png"
        images[name] = study_pictures.accuracy_by(results, relation)
        section.picture(images[name], f"Exact match over {LABELS[relation['measure']]}.")
    section.table(
        ("measure", "Spearman", "95 %", "Pearson", "95 %", "given size", "bend"),
        [
            (LABELS[r["measure"]], f"{r['spearman']:+.3f}", _interval(r["spearman_interval"]),
             f"{r['pearson']:+.3f}", _interval(r["pearson_interval"]), as_text(r["partial"]),
             f"{r['bend']:.2f}")
            for r in relations
        ],
    )  # fmt: skip
    section.text(_bend_says(relations[0]))
    return section


def _interval(values: Sequence[float]) -> str:
    return f"{values[0]:+.3f} to {values[1]:+.3f}"


def _control_says(ladder: Sequence[Mapping[str, Any]], control: Sequence[Mapping[str, Any]]) -> str:
    rise = ladder[-1]["exact_match"] - ladder[0]["exact_match"]
    words = f"From the first rung to the last, exact match changes by {rise:+.1%}."
    if not control:
        return f"{words} There is no control ladder."
    values = [r["exact_match"] for r in control]
    return (
        f"{words} On the control ladder, where as many utterances are left out at random, it runs "
        f"from {min(values):.1%} to {max(values):.1%}: "
        + (
            "leaving out alone does not explain the change."
            if abs(rise) > 2 * (max(values) - min(values))
            else "that is not small beside the change, so part of it may be chance."
        )
    )


def _bend_says(best: Mapping[str, Any]) -> str:
    label = LABELS[best["measure"]]
    if best["bend"] < 0.5:
        return f"Over {label} the relation is near a straight line (bend {best['bend']:.2f} of 1)."
    return (
        f"Over {label} the relation is not linear: a parabola explains {best['bend']:.0%} of what "
        "the straight line leaves over, so do not extend the line beyond the rungs."
    )


def _hard_words(
    corpus: Corpus, results: Mapping[str, Any] | None, images: dict[str, bytes]
) -> Section:
    section = Section("Rare words, and what leaving them out would buy")
    line = next(
        (advice.line_of(r) for r in _relations(results) if r["measure"] == "entropy_1"), None
    )
    removals = advice.what_removing_buys(corpus, line)
    if len(removals) < 2:
        section.text("There are too few repeated words to leave any out.")
        return section
    images["removal.png"] = study_pictures.removal(removals)
    section.picture(images["removal.png"], "What stays when rare words are left out.")
    section.table(
        ("words in at least", "utterances kept", "|V|", "H1", "expected", "words that go"),
        [
            (f"{b.threshold} transcripts", f"{b.kept_share:.0%}", f"{b.vocabulary:,}",
             as_text(b.entropy_1), "–" if b.expected is None else f"{b.expected:.0%}",
             ", ".join(b.dropped))
            for b in removals
        ],
    )  # fmt: skip
    return section


def _hard_meanings(measured: Measured) -> Section:
    section = Section("Meanings that are close")
    near = measured.acoustic.meanings
    if near is not None and near.closest:
        section.text("Sentences that mean different things and sound most alike:")
        section.table(
            ("phones apart", "sentence", "means", "sentence", "means"),
            [
                (f"{p.distance:.2f}", p.first, p.first_meaning, p.second, p.second_meaning)
                for p in near.closest[:12]
            ],
        )
    pairs = measured.geometric.pairs
    if pairs:
        section.text("Intents whose sentences are each other's nearest in the embedding:")
        section.table(
            ("intents", "sentences", "for example", "beside"),
            [(f"{p.first} / {p.second}", str(p.count), *p.example) for p in pairs[:12]],
        )
    notes = [*measured.acoustic.notes, *measured.geometric.notes]
    for note in notes:
        section.text(note[:1].upper() + note[1:] + ".")
    if not section.blocks:
        section.text("Nothing to compare: there are no labels, or one meaning only.")
    return section


def _all_measures(measured: Measured) -> Section:
    section = Section("All measures")
    numbers = measured.numbers()
    section.table(
        ("measure", "value"), [(label, as_text(numbers[name])) for name, label in LABELS.items()]
    )
    section.text(
        "Formulae and their sources are in the documentation (docs/complexity.md). A dash is a "
        "measure that has no value for this data."
    )
    return section


_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color:#1b1d20;background:#fff}h1{font-size:1.7rem}h2{font-size:1.2rem;margin-top:2.2rem;"
    "border-bottom:1px solid #dde0e4}table{border-collapse:collapse;font-size:.85rem;margin:1rem 0;"
    "display:block;overflow-x:auto}th,td{padding:.25rem .7rem;text-align:left;border-bottom:1px "
    "solid #eceef0;vertical-align:top}th{background:#f6f7f8}figure{margin:1rem 0}"
    "img{max-width:100%}figcaption{color:#5b6068;font-size:.85rem}.lead{font-size:1.05rem}"
)


def write(page: Page, out: Path, folder: Path | None = None) -> None:
    """Write the page to `out`, everything inside it, and its pictures to `folder` as well."""
    lead = "".join(f'<p class="lead">{escape(words)}</p>' for words in page.lead)
    body = "".join(f"<h2>{escape(s.title)}</h2>{''.join(s.blocks)}" for s in page.sections)
    html = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(page.title)}'
        '</title><meta name="viewport" content="width=device-width">'
        f"<style>{_STYLE}</style></head><body><h1>{escape(page.title)}</h1>{lead}{body}"
        f"<p><small>mondegreen {escape(__version__)}</small></p></body></html>\n"
    )
    with replacing(out) as temporary:
        temporary.write_text(html, encoding="utf-8")
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in page.pictures.items():
            with replacing(folder / name) as temporary:
                temporary.write_bytes(data)


__all__ = ["Page", "Section", "as_text", "from_data", "from_study", "write"]
