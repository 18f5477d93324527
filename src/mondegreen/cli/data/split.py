"""`mondegreen data split`: a manifest divided into training and test data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...errors import DataError, SettingsError, in_one_line
from ..shared.options import AsJson, ManifestFile, Seed, SkipBad
from ..shared.outcome import list_skipped
from ..shared.output import note, print_json

if TYPE_CHECKING:
    from ...data.manifest import Manifest


class By(str, Enum):
    """What stays whole when a manifest is divided."""

    SENTENCE = "sentence"
    SPEAKER = "speaker"
    VALUE = "value"


def split(
    manifest: ManifestFile,
    out: Annotated[Path, typer.Option("--out", "-o", help="File for the new manifest.")],
    by: Annotated[
        By,
        typer.Option(
            help="What no two splits share. 'value' holds slot values out of training and makes "
            "train, dev, test_seen, test_unseen, and unpaired for what the test cannot use."
        ),
    ] = By.SENTENCE,
    shares: Annotated[
        str, typer.Option(help="Part of the utterances for each split.")
    ] = "train=0.8,dev=0.1,test=0.1",
    slot: Annotated[
        list[str] | None,
        typer.Option(
            help="With --by value: a slot to hold values of; may be repeated (none: all)."
        ),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Forget the splits that utterances already have.")
    ] = False,
    seed: Seed = 1,
    skip_bad: SkipBad = False,
    as_json: AsJson = False,
) -> None:
    """Assign every utterance of a manifest a split, so that what is tested was not trained.

    The same seed divides the same utterances in the same way, in whatever order they are.
    """
    from ...data.manifest import Manifest, write_manifest
    from ...data.split.split import Divided, audio_prefix, moved, parse_shares, refuse_old_splits
    from ...jobs.problems import Problems

    parts = parse_shares(shares)
    if slot and by is not By.VALUE:
        raise SettingsError(f"--slot goes with --by value, found --by {by.value}")
    if out.is_dir():
        raise DataError(f"{out}: found a folder, expected the name of a .jsonl file")
    problems = Problems(skip=skip_bad)
    source = Manifest.open(manifest).checked(problems)
    if not replace:
        refuse_old_splits(source)
    prefix = audio_prefix(source, out)
    splits, pairs, row = _divided(source, by, parts, slot, seed)
    write_manifest(out, moved(Divided(source, splits, pairs), prefix))
    skipped = list_skipped(problems, out)
    _say(out, Counter(splits.values()), row, skipped, as_json=as_json)


def _say(
    out: Path,
    counts: Mapping[str, int],
    row: Mapping[str, Any],
    skipped: Path | None,
    *,
    as_json: bool,
) -> None:
    sizes = dict(sorted(counts.items()))
    if as_json:
        skip_list = str(skipped) if skipped else None
        print_json({"manifest": str(out), "splits": sizes, **row, "skipped": skip_list})
        return
    listed = ", ".join(f"{name} {size:,}" for name, size in sizes.items())
    pairs = f"; {row['pairs']:,} pairs" if row else ""
    print(f"{in_one_line(out)}: {sum(sizes.values()):,} utterances: {listed}{pairs}")


def _divided(
    source: Manifest, by: By, shares: Mapping[str, float], slots: list[str] | None, seed: int
) -> tuple[Mapping[str, str], Mapping[str, str], dict[str, Any]]:
    """Splits and pairs by id, and what else there is to say of a division by value."""
    from ...data.split.split import by_sentence, by_speaker
    from ...data.split.unseen import by_value

    if by is By.SENTENCE:
        return by_sentence(source, shares, seed), {}, {}
    if by is By.SPEAKER:
        return by_speaker(source, shares, seed), {}, {}
    divided = by_value(source, shares, seed, slots=slots)
    for text in divided.notes:
        note(text)
    about = {"pairs": len(divided.pairs) // 2, "held_out": list(divided.values)}
    return divided.splits, divided.pairs, about
