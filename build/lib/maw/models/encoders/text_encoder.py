"""A text encoder turns raw texts into unit vectors: tokeniser, frozen and trained layers.

A bi-encoder of a suite ranks by the same computation, but there the frozen layers' outputs are
computed once for all systems.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from pydantic import BaseModel
from torch import Tensor

from maw.errors import InputError
from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.embedding import embed
from maw.models.encoders.form import form_of
from maw.models.encoders.frozen import Frozen
from maw.settings.sections import Backbone

Side = Literal["document", "query"]
BLOCK = 1024  # texts whose hidden states are in memory together


@dataclass(frozen=True)
class TextEncoder:
    """A bi-encoder for raw texts: the frozen layers, and the trained layers with their router."""

    frozen: Frozen
    model: BiEncoder

    def encode(self, texts: Sequence[str], *, side: Side = "document") -> npt.NDArray[np.float32]:
        """Return the unit vectors [N, E] of texts.

        Where the attention has depths, the router decides for each text which of them are used.
        side: `query` or `document`, each with its own largest number of tokens, as in training.
        TypeError for a single string.
        """
        if isinstance(texts, str):
            raise TypeError("texts is one string; give a list of strings: encode([text])")
        vectors = [
            embed(self.model, self.frozen.hidden(block, side=side), torch.arange(len(block)))[0]
            for block in (texts[start : start + BLOCK] for start in range(0, len(texts), BLOCK))
        ]
        empty = torch.empty(0, self.frozen.model.config.hidden_size)
        array: npt.NDArray[np.float32] = torch.cat([empty, *vectors]).numpy()
        return array


def build(
    system: Any,
    *,
    backbone: Backbone,
    top: Mapping[str, Tensor] | None = None,
    state: Mapping[str, Tensor] | None = None,
    seed: int = 0,
) -> TextEncoder:
    """Build the text encoder of a configured system.

    top: the pretrained tensors of the trained layers; without top they are read from the backbone.
    state: the trained tensors, None for an untrained system. seed: of the random weights of an
    untrained system. InputError where the backbone's last layers or pooling are not those of `top`.
    """
    frozen = Frozen.opened(backbone)
    if top is not None and not (_same(frozen.top, top) and form_of(frozen.top) == form_of(top)):
        raise InputError(
            f"backbone {backbone.name!r}: its weights or its pooling are not those that the run "
            "was made from; put them back, or run snakemake again"
        )
    torch.manual_seed(seed)
    model = assemble(system, top=frozen.top if top is None else top)
    if state is not None:
        model.load_state_dict(dict(state))
    return TextEncoder(frozen, model.eval())


def assemble(system: BaseModel, *, top: Mapping[str, Tensor]) -> BiEncoder:
    """Build the bi-encoder of a configured system; random weights are from torch's generator."""
    return BiEncoder(
        top,
        attention=system.attention,  # type: ignore[attr-defined]
        router=system.router,  # type: ignore[attr-defined]
    )


def _same(tensors: Mapping[str, Tensor], others: Mapping[str, Tensor]) -> bool:
    """Return True if the tensors whose names are in both mappings are equal."""
    both = tensors.keys() & others.keys()
    return all(torch.equal(tensors[name], others[name]) for name in both)
