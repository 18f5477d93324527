"""`mondegreen export`: the model of a training's working folder, at any time."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ..errors import SettingsError, in_one_line
from .shared.options import AsJson
from .shared.output import print_json
from .shared.training_extra import require_training

_BITS = (8, 32)


def export(
    work: Annotated[
        Path, typer.Argument(help="The --work folder of a `train interpreter`, ended or not.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the model.")],
    bits: Annotated[int, typer.Option(metavar="8|32", help="8 stores it small, 32 whole.")] = 8,
    check: Annotated[
        Path | None,
        typer.Option(help="Manifest of sentences: how many mean the same as before the export."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a general model from a training's latest checkpoint to OUT: a folder for `hear -g`.

    A training that ends does the same by itself. Of one that has not ended the model refuses
    nothing yet. Needs the extra 'train'.
    """
    if bits not in _BITS:
        raise SettingsError(f"--bits is {bits}; expected 8 or 32")
    require_training()
    from ..data.manifest import Manifest
    from ..training.interpreter.work_folder import export_training, same_meanings

    texts = None if check is None else Manifest.open(check)
    done = export_training(work, out, bits=8 if bits == 8 else 32)
    same = None if texts is None else same_meanings(work, out, texts)
    if as_json:
        steps = {"interpreter": done.interpreter_step, "transcriber": done.transcriber_step}
        share = None if same is None else asdict(same)
        row = {"folder": str(out), "bits": bits, "bytes": done.size, "steps": steps,
               "finished": done.finished, "same": share}  # fmt: skip
        print_json(row)
        return
    transcriber = (
        "as published" if done.transcriber_step is None else f"at step {done.transcriber_step}"
    )
    print(
        f"{in_one_line(out)}: {done.size / 1e6:.1f} MB in {bits} bits; interpreter at step "
        f"{done.interpreter_step}, transcriber {transcriber}"
    )
    if not done.finished:
        print("its training has not ended: no confidence is fitted, and it refuses nothing")
    if same is not None:
        print(
            f"same meaning in ONNX as in torch: {same.value:.1%} ({same.low:.1%} to "
            f"{same.high:.1%}) of {same.n} sentences"
        )
