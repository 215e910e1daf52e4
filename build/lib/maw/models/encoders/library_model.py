"""A model that sentence-transformers opens and runs itself, as its folder says.

Pooling, prompts, heads, normalisation and the similarity of vectors are the library's. Weights are
read from safetensors only, and code of the folder is run only where the configuration says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from maw.errors import InputError
from maw.jobs.device import fitting
from maw.models.encoders.cutting import quiet
from maw.models.encoders.library_files import folder_of, require_installed, require_usable

QUERIES_AT_ONCE = 256  # queries whose scores of all documents are computed together
# what the library and transformers raise for a folder that they cannot open
UNOPENED = (AttributeError, ImportError, KeyError, OSError, RuntimeError, TypeError, ValueError)


@dataclass(frozen=True)
class Adapters:
    """LoRA: two narrow matrices beside each linear layer that is named; they alone are trained.

    rank: of their product. alpha: the product is multiplied by alpha / rank. dropout: of the
    layer's input in training. target: ends of the layers' names, or `all-linear`.
    """

    rank: int
    alpha: float
    dropout: float
    target: str | tuple[str, ...]


@dataclass(frozen=True)
class LibraryModel:
    """An opened model of sentence-transformers.

    model: the library's own object. prompts: side (`query`, `document`) -> text before every text
    of that side. batch_size: number of texts that are encoded together.
    """

    model: Any
    prompts: Mapping[str, str]
    batch_size: int

    @classmethod
    def opened(
        cls,
        name: str,
        *,
        device: str,
        prompts: Mapping[str, str | None],
        batch_size: int,
        max_tokens: int | None = None,
        trust_remote_code: bool = False,
    ) -> "LibraryModel":
        """Open the model in a folder, or `hf:<id>`, on a device (`cpu`, `cuda`), in evaluation.

        prompts: side -> text that the configuration gives, None for the folder's own. max_tokens:
        largest number of tokens of a text, where the folder's own is not smaller. InputError where
        the library is not installed or cannot open the folder.
        """
        require_installed("sentence_transformers")
        folder = folder_of(name, with_code=trust_remote_code)
        of_sides = require_usable(folder, prompts)
        with quiet():
            model = _open(folder, device=device, trust_remote_code=trust_remote_code)
        if max_tokens is not None:
            model.max_seq_length = min(max_tokens, model.max_seq_length or max_tokens)
        return cls(model.eval(), of_sides, batch_size)

    def encode(self, texts: Sequence[str], *, side: str) -> Tensor:
        """Return the vectors [N, E] of texts, as the library encodes them, on the model's device.

        side: `query` or `document`. Where memory runs out, fewer texts are encoded together.
        """
        method = {"query": self.model.encode_query, "document": self.model.encode_document}[side]

        def attempt(at_once: int | None) -> Tensor:
            vectors: Tensor = method(
                list(texts),
                prompt=self.prompts[side],
                batch_size=at_once or self.batch_size,
                convert_to_tensor=True,
                show_progress_bar=False,
            )
            return vectors

        return fitting(attempt, most=self.batch_size)

    def scores(self, queries: Tensor, documents: Tensor) -> Tensor:
        """Return the model's own similarity [Q, N] of vectors, float32, in the processor's memory.

        queries [Q, E]; documents [N, E]. InputError where a score is not finite.
        """
        parts = queries.split(QUERIES_AT_ONCE) if len(queries) else ()
        tables = [self.model.similarity(part, documents).cpu().float() for part in parts]
        table = torch.cat([torch.empty(0, len(documents)), *tables])
        if not bool(torch.isfinite(table).all()):
            raise InputError(
                "sentence-transformers: a score is not finite; lower the learning rate, or mend "
                "the model's folder"
            )
        return table

    def features(self, texts: Sequence[str], *, side: str) -> dict[str, Any]:
        """Return the tokens of texts with the side's prompt, as the library's losses take them."""
        features = self.model.preprocess(list(texts), prompt=self.prompts[side], task=side)
        device = self.model.device
        return {
            name: value.to(device) if isinstance(value, Tensor) else value
            for name, value in features.items()
        }

    def adapt(self, adapters: Adapters | None) -> None:
        """Make the model ready to be trained: in float32, whole or only by LoRA's adapters.

        adapters: None to train all weights. New adapters are drawn from torch's generator and
        change no vector. InputError where peft is not installed or has no layer to adapt.
        """
        self.model.float()
        if adapters is None:
            return
        require_installed("peft")
        from peft import LoraConfig

        target = adapters.target
        config = LoraConfig(
            r=adapters.rank,
            lora_alpha=adapters.alpha,
            lora_dropout=adapters.dropout,
            target_modules=target if isinstance(target, str) else list(target),
        )
        self.model.requires_grad_(False)
        try:
            self.model.add_adapter(config)
        except ValueError as error:
            reason = str(error).splitlines()[0]
            raise InputError(f"lora_target: {reason}; mend it") from None

    def trained(self) -> dict[str, Tensor]:
        """Return the tensors that are trained, by name, in the processor's memory."""
        return {
            name: parameter.detach().cpu().contiguous().clone()
            for name, parameter in self.model.named_parameters()
            if parameter.requires_grad
        }

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Put trained tensors into the model, which is ready to be trained in the same way.

        InputError where a tensor has another name or shape than the model's.
        """
        own = {n: p for n, p in self.model.named_parameters() if p.requires_grad}
        shapes, given = ({n: tuple(t.shape) for n, t in one.items()} for one in (own, tensors))
        if shapes != given:
            names = sorted(n for n in own.keys() | tensors.keys() if shapes.get(n) != given.get(n))
            raise InputError(
                f"sentence-transformers: the trained tensor {names[0]!r} does not fit the model's "
                "folder; run snakemake again"
            )
        with torch.no_grad():
            for name, parameter in own.items():
                parameter.copy_(tensors[name])


def _open(folder: Path, *, device: str, trust_remote_code: bool) -> Any:
    from safetensors import SafetensorError
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(
            str(folder),
            device=device,
            local_files_only=True,
            trust_remote_code=trust_remote_code,
            model_kwargs={"use_safetensors": True},
        )
    except (*UNOPENED, SafetensorError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        mend = "mend the folder"
        if not trust_remote_code and "trust_remote_code" in str(error):
            mend = "it has code of its own: read that, then write `trust_remote_code: true`"
        raise InputError(f"{folder}: cannot be opened ({reason}); {mend}") from None
