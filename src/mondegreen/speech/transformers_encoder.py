"""Any speech encoder of Hugging Face `transformers` as mondegreen's ear: wav2vec2, Whisper, ….

Named `transformers:MODEL` wherever an encoder's name is accepted; MODEL is a local folder, which
needs no network, or a name on the hub. Needs the extra `train`, and a phone reader trained on it.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ..audio.samples import RATE, Samples
from ..errors import MissingExtra, ModelError
from .encoder import Frames, one_channel

CONFIG, WEIGHTS, SHARDS = "config.json", "model.safetensors", "model.safetensors.index.json"
PREPROCESSING = ("preprocessor_config.json", "processor_config.json")
"""Where a folder says how samples become the network's input; older releases write the first."""
_SHORTEST = 4_000
"""Samples to which shorter audio is padded with silence: no known encoder runs dry at 0.25 s."""
_SPAN = 15_360
"""Samples over which the stride is measured: a multiple of all usual strides (320, 384, 1,280, …),
so that the count of frames over it is exact."""
_UNUSED = "masked_spec_embed"
"""A vector that only training reads and that many checkpoints leave out."""


class TransformersEncoder:
    """The encoder of a `transformers` model, frozen, on the CPU. Satisfies `SpeechEncoder`.

    Frames are the last layer's. A model with a fixed window (Whisper: 30 s) hears longer audio one
    window after another, and frames of the padding behind the audio are left out.
    """

    name = "transformers"

    def __init__(self, model: str | Path, *, threads: int = 1) -> None:
        """Load `model`: a folder with config.json and safetensors, or a name on the hub.

        `threads` are those that one call of `encode` uses; more than one can change the last bits
        of a frame. Raises MissingExtra without torch or transformers, ModelError when the model is
        missing, incomplete, pickled or not a speech encoder.
        """
        try:
            import torch
            import transformers
        except ImportError as error:
            raise MissingExtra(f"the encoder {self.name!r}", "train") from error
        self._torch, self._threads = torch, threads
        folder = _folder(model)
        self.digest = _digest(folder)
        """SHA-256 of the weights, the configuration and the preprocessing: all shape the frames."""
        with self._few_threads(), _quiet(transformers):
            self._network = _network(folder, transformers)
            self._extractor = _extractor(folder, transformers, self._network)
            # Whisper's network takes exactly this many samples, its extractor pads to them.
            self._window: int | None = getattr(self._extractor, "n_samples", None)
            try:
                self.size, self._stride = self._measure()
            except (AttributeError, IndexError, RuntimeError, TypeError, ValueError) as error:
                raise ModelError(
                    f"{folder} does not work as a speech encoder ({_first_line(error)}); expected "
                    "a model that turns sound into frames, such as wav2vec2, HuBERT or Whisper"
                ) from error
        self.frame_seconds = self._stride / RATE

    def encode(self, samples: Samples) -> Frames:
        """Frames `(T, size)` of `samples (N,)`; see SpeechEncoder. T is N over the stride or less.

        Raises ValueError when the samples are not one channel.
        """
        audio = one_channel(samples)
        window = self._window or max(1, len(audio))
        with self._few_threads():
            parts = [
                self._frames(audio[start : start + window])
                for start in range(0, max(1, len(audio)), window)
            ]
        return np.concatenate(parts)[: max(1, math.ceil(len(audio) / self._stride))]

    def _frames(self, audio: Samples) -> Frames:
        """All frames of at most one window, those of its padding too."""
        if len(audio) < _SHORTEST:
            audio = np.pad(audio, (0, _SHORTEST - len(audio)))
        if self._extractor is None:
            inputs = self._torch.from_numpy(np.ascontiguousarray(audio))[None]
        else:
            features = self._extractor(audio, sampling_rate=RATE, return_tensors="pt")
            inputs = features[self._network.main_input_name].float()
        with self._torch.inference_mode():
            frames = self._network(inputs).last_hidden_state
        return np.asarray(frames[0].numpy(), np.float32)

    def _measure(self) -> tuple[int, float]:
        """Numbers in a frame, and samples from one frame to the next, by listening to silence."""
        longest = self._window or _SHORTEST + _SPAN
        frames = self._frames(np.zeros(longest, np.float32))
        count, size = frames.shape
        if self._window:
            return size, longest / count
        grown = count - len(self._frames(np.zeros(_SHORTEST, np.float32)))
        if grown < 1:
            raise ValueError(f"{count} frames however long the sound")
        return size, _SPAN / grown

    @contextmanager
    def _few_threads(self) -> Iterator[None]:
        """Run torch on this encoder's threads, and leave the process's setting as it was.

        With one thread the same audio gives the same bytes on any machine setting, processes that
        encode side by side do not fight over cores, and a process may fork afterwards.
        """
        before = self._torch.get_num_threads()
        self._torch.set_num_threads(self._threads)
        try:
            yield
        finally:
            self._torch.set_num_threads(before)


@contextmanager
def _quiet(transformers: Any) -> Iterator[None]:
    """No progress bars and no reports on parts of a checkpoint that an encoder does not use."""
    logging = transformers.utils.logging
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _folder(model: str | Path) -> Path:
    """The model's folder; a name that is no folder here is fetched from the hub, or its cache."""
    path = Path(model).expanduser()
    if path.is_dir():
        return path
    name = str(model)
    if path.is_absolute() or name.startswith((".", "~")) or name.count("/") > 1 or path.exists():
        raise ModelError(
            f"{name} is not a folder; give one that holds {CONFIG} and {WEIGHTS}, or a name on the "
            "Hugging Face hub such as facebook/wav2vec2-base-960h"
        )
    from huggingface_hub import snapshot_download

    patterns = [CONFIG, *PREPROCESSING, WEIGHTS, SHARDS, "model-*-of-*.safetensors"]
    try:
        return Path(snapshot_download(name, allow_patterns=patterns))
    except Exception as error:  # the hub's client and its network stack raise dozens of kinds
        raise ModelError(
            f"{name!r} is neither a folder here nor a model that the Hugging Face hub gave "
            f"({_first_line(error)}); name a folder that holds {CONFIG} and {WEIGHTS}"
        ) from error


def _weight_files(folder: Path) -> list[Path]:
    """The safetensors files that make up the model, sorted. ModelError when one is missing."""
    if (folder / WEIGHTS).is_file():
        return [folder / WEIGHTS]
    if not (folder / SHARDS).is_file():
        pickled = [p.name for p in sorted(folder.glob("*.bin"))]
        detail = (
            f"found {', '.join(pickled)}, and unpickling can run code" if pickled else "found no"
        )
        raise ModelError(
            f"{folder} holds no {WEIGHTS} ({detail}{'' if pickled else ' weights'}); give a folder "
            "with safetensors: a model loaded with transformers writes one with save_pretrained"
        )
    try:
        index = json.loads((folder / SHARDS).read_text(encoding="utf-8"))
        files = [folder / name for name in sorted(set(index["weight_map"].values()))]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{folder / SHARDS} is not an index of weights ({_first_line(error)}); "
            "download or save the model again"
        ) from error
    missing = [path.name for path in files if not path.is_file()]
    if missing:
        raise ModelError(
            f"{folder} lacks {', '.join(missing)}, which {SHARDS} names; download them too"
        )
    return files


def _digest(folder: Path) -> str:
    """SHA-256 over all files that decide the frames. ModelError when the folder lacks some."""
    if not (folder / CONFIG).is_file():
        raise ModelError(
            f"{folder} holds no {CONFIG}; give the folder of a transformers model, "
            f"which has {CONFIG} and {WEIGHTS}"
        )
    settings = [folder / name for name in (CONFIG, *PREPROCESSING) if (folder / name).is_file()]
    total = hashlib.sha256()
    for path in [*settings, *_weight_files(folder)]:
        total.update(f"{path.name} {path.stat().st_size}\n".encode())
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                total.update(block)
    return total.hexdigest()


def _network(folder: Path, transformers: Any) -> Any:
    """The encoder in `folder`, in float32, for reading only; every weight comes from the file."""
    from safetensors import SafetensorError

    try:
        model, report = transformers.AutoModel.from_pretrained(
            folder,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
    except (OSError, ValueError, RuntimeError, KeyError, ImportError, SafetensorError) as error:
        raise ModelError(
            f"transformers {transformers.__version__} cannot load {folder} ({_first_line(error)}); "
            "download or save the model again, or update transformers"
        ) from error
    whole = not model.config.is_encoder_decoder
    missing = sorted(
        name
        for name in report["missing_keys"]
        if (whole or name.startswith("encoder.")) and not name.endswith(_UNUSED)
    )
    if missing:
        raise ModelError(
            f"{folder}: its weights lack {missing[0]} and {len(missing) - 1} more that a "
            f"{model.config.model_type} encoder has, so it would hear at random; "
            "give a folder with the whole encoder"
        )
    # Not of wav2vec2 and its like: what they call their encoder lacks the convolutions before it.
    network = model if whole else model.get_encoder()
    if network.main_input_name not in ("input_values", "input_features"):
        raise ModelError(
            f"{folder} holds a {model.config.model_type} model, which reads "
            f"{network.main_input_name}; expected a speech encoder such as wav2vec2 or Whisper"
        )
    return network.float().eval().requires_grad_(False)


def _extractor(folder: Path, transformers: Any, network: Any) -> Any:
    """What makes the network's input from samples; None when it takes the samples as they are."""
    if not any((folder / name).is_file() for name in PREPROCESSING):
        if network.main_input_name == "input_values":
            return None
        raise ModelError(
            f"{folder} holds no {PREPROCESSING[0]}, which says how samples become the features "
            f"that {network.config.model_type} hears; copy it from where the model came from"
        )
    try:
        extractor = transformers.AutoFeatureExtractor.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise ModelError(
            f"transformers {transformers.__version__} cannot read the preprocessing in {folder} "
            f"({_first_line(error)}); copy {PREPROCESSING[0]} from where the model came from"
        ) from error
    rate = getattr(extractor, "sampling_rate", None)
    if rate != RATE:
        raise ModelError(
            f"{folder} hears sound at {rate} Hz; mondegreen hears at {RATE} Hz: give a "
            "model for that rate"
        )
    return extractor
