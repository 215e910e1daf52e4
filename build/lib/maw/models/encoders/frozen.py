"""The frozen layers of a backbone: functions that open them and compute hidden states of texts.

In a suite, all bi-encoders that train the same layers share the hidden states of texts, and all
cross-encoders those of pairs, with every seed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from maw.errors import InputError
from maw.jobs import workers
from maw.jobs.device import fitting
from maw.models import products
from maw.models.encoders import hub
from maw.models.encoders.backbone_files import folder_of, tokenise
from maw.models.encoders.cutting import open_model, quiet
from maw.models.encoders.form import pooled_by
from maw.models.encoders.ragged import Ragged
from maw.models.encoders.sentence_folder import Reading, reading_of
from maw.models.encoders.trunk import Trunk
from maw.settings.sections import Backbone

CHUNK = 32  # texts that are padded to one length
NO_LIMIT = 10**9  # tokens
CPU = torch.device("cpu")


def encode(
    model: Any,
    tokens: Sequence[Sequence[int]],
    *,
    advance: Callable[[int], None],
    segments: Sequence[Sequence[int]] | None = None,
) -> Ragged:
    """Return the hidden states of texts that the frozen layers compute.

    model: the frozen layers. tokens: the token ids of each text. segments: for pairs, the text (0
    or 1) that each token belongs to; only a backbone with embeddings of segments uses them.
    advance: called with the number of texts done since the last call.
    Texts of similar length are computed together on the model's device, fewer at a time where its
    memory is full. On the processor, as many processes as the job may have share the work; their
    number does not change a bit of the result. InputError for a text with more tokens than the
    backbone has positions.
    """
    lengths = torch.tensor([len(text) for text in tokens])
    _require_positions(model, lengths)
    offsets = torch.cat([torch.zeros(1, dtype=torch.int64), lengths.cumsum(0)])
    embeddings = model.get_input_embeddings()
    padding = embeddings.padding_idx or 0
    n_workers = workers.allowed() if embeddings.weight.device.type == "cpu" else 1
    shape = int(offsets[-1]), model.config.hidden_size
    hidden = torch.empty(shape)
    if n_workers > 1 and hidden.numel():
        hidden = torch.frombuffer(workers.shared(hidden.nbytes), dtype=hidden.dtype).view(shape)
        products.library()  # the other processes use the library that this one finds
    at_once: int | None = None

    def compute(rows: Tensor) -> int:
        nonlocal at_once
        batch = {"input_ids": _padded([tokens[row] for row in rows], padding)}
        position = torch.arange(batch["input_ids"].shape[1])
        batch["attention_mask"] = (position < lengths[rows][:, None]).long()
        if segments is not None and getattr(model.config, "type_vocab_size", 0) > 1:
            batch["token_type_ids"] = _padded([segments[row] for row in rows], 0)
        with torch.no_grad(), products.LinearLayers():
            states, at_once = _hidden_states(model, batch, at_once=at_once)
        for text_states, row in zip(states, rows.tolist(), strict=True):
            hidden[offsets[row] : offsets[row + 1]] = text_states[: len(tokens[row])]
        return len(rows)

    batches = torch.argsort(lengths, stable=True).split(CHUNK)
    workers.spread(compute, batches, n_workers=n_workers, advance=advance)
    return Ragged(hidden, offsets)


def _require_positions(model: Any, lengths: Tensor) -> None:
    """Raise InputError where a text has more tokens than the backbone has embeddings of positions.

    A backbone without such embeddings has no limit. lengths [N]: number of tokens of each text.
    """
    n_positions = _count_positions(model)
    if n_positions is not None and len(lengths) and int(lengths.max()) > n_positions:
        raise InputError(
            f"backbone: a text has {int(lengths.max())} tokens, but the backbone has {n_positions} "
            "positions; lower backbone.max_document_tokens and max_query_tokens"
        )


def _count_positions(model: Any) -> int | None:
    """Return the largest number of tokens of a text; None without embeddings of positions."""
    table = getattr(model.embeddings, "position_embeddings", None)
    if table is None:
        return None
    # RoBERTa's positions start behind the padding's
    unused = 0 if table.padding_idx is None else table.padding_idx + 1
    return int(table.num_embeddings) - unused


def _padded(numbers: Sequence[Sequence[int]], padding: int) -> Tensor:
    """Return N rows of numbers as one tensor [N, L], filled with `padding` at their ends."""
    rows = [torch.tensor(row, dtype=torch.int64) for row in numbers]
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=padding)


def _hidden_states(
    model: Any, batch: dict[str, Tensor], *, at_once: int | None
) -> tuple[Tensor, int | None]:
    """Return the hidden states [N, L, E] of a batch, and how many texts the device had room for.

    The hidden states are in the processor's memory. at_once: number of texts to try at a time. This
    number is None, here and in the result, where all texts are computed together.
    """
    device = model.get_input_embeddings().weight.device
    n_texts = len(batch["input_ids"])

    def attempt(size: int | None) -> tuple[Tensor, int | None]:
        pieces = [tensor.split(size or n_texts) for tensor in batch.values()]
        states = [
            model(
                **{name: tensor.to(device) for name, tensor in zip(batch, piece, strict=True)}
            ).last_hidden_state.cpu()
            for piece in zip(*pieces, strict=True)
        ]
        return torch.cat(states), size

    return fitting(attempt, at_once=at_once, most=n_texts)


@dataclass(frozen=True)
class Frozen:
    """A backbone whose last layers are cut off.

    folder: the folder of the backbone's files. backbone: its section of the configuration. model:
    transformers' own module with the frozen layers. top: the tensors of the layers to train, as
    `maw.models.encoders.cutting` names them. reading: how texts are read; None where only pairs
    are, which have neither prompts nor a pooling.
    """

    folder: Path
    backbone: Backbone
    model: Any
    top: dict[str, Tensor]
    reading: Reading | None = None

    @classmethod
    def opened(
        cls, backbone: Backbone, device: torch.device = CPU, *, for_pairs: bool = False
    ) -> "Frozen":
        """Return the backbone on a device, opened from its package, the hub or a folder.

        for_pairs: the backbone reads pairs for cross-encoders, which have a new head on the first
        token. Else InputError where the folder asks to read texts in a way that is not followed.
        """
        folder = folder_of(backbone.name)
        reading = None if for_pairs else reading_of(folder, backbone)
        with quiet():
            model, top = open_model(folder, trained_layers=backbone.trained_layers)
        if reading is not None:
            top = pooled_by(top, reading.pooling)
        return cls(folder, backbone, model.to(device), top, reading)

    def trunk(
        self,
        *,
        documents: Ragged | None = None,
        queries: Ragged | None = None,
        pairs: Ragged | None = None,
    ) -> Trunk:
        """Return a trunk: hidden states that these layers computed, and the layers to train."""
        return Trunk(
            top=self.top,
            documents=documents,
            queries=queries,
            pairs=pairs,
            frozen_parameters=sum(parameter.numel() for parameter in self.model.parameters()),
            commit=hub.commit_of(self.folder),
        )

    def limit(self, side: str) -> int:
        """Return the largest number of tokens of a `query` or a `document`, special ones included.

        Those of a prompt count too. ValueError for layers that were opened for pairs.
        """
        return self._reading.limits[side]

    @property
    def _reading(self) -> Reading:
        if self.reading is None:
            raise ValueError("the layers were opened for pairs; open them for texts")
        return self.reading

    def tokens(self, texts: Sequence[str], *, side: str, cut: bool = True) -> list[list[int]]:
        """Return the token ids of texts; with `cut`, each text has at most `limit(side)` tokens.

        The prompt of the side is put before each text.
        """
        max_tokens = self.limit(side) if cut else NO_LIMIT
        prompt = self._reading.prompts[side]
        prompted = [prompt + text for text in texts] if prompt else texts
        return tokenise(prompted, folder=self.folder, max_tokens=max_tokens)

    def hidden(
        self, texts: Sequence[str], *, side: str, advance: Callable[[int], None] = lambda n: None
    ) -> Ragged:
        """Return the hidden states of texts, each cut after `limit(side)` tokens.

        advance: called with the number of texts done since the last call.
        """
        return encode(self.model, self.tokens(texts, side=side), advance=advance)


def compute_trunk(
    documents: Sequence[str],
    queries: Sequence[str],
    *,
    backbone: Backbone,
    advance: Callable[[int], None],
    device: torch.device = CPU,
) -> Trunk:
    """Return the trunk of documents and queries.

    It holds the hidden states that the frozen layers compute, and the tensors of the layers to
    train. The device computes the hidden states; the processor's memory holds them. advance: called
    with the number of texts done since the last call.
    """
    frozen = Frozen.opened(backbone, device)
    return frozen.trunk(
        documents=frozen.hidden(documents, side="document", advance=advance),
        queries=frozen.hidden(queries, side="query", advance=advance),
    )
