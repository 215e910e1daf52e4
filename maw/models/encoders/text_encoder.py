"""A raw text becomes a unit vector: tokeniser, frozen layers, trained layers, each its own depth.

The same functions as in ranking, in the same order; ranking only keeps the frozen layers' outputs.
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
from maw.models.encoders.backbone import Frozen
from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.embedding import embed
from maw.settings.sections import Backbone

Side = Literal["document", "query"]
BLOCK = 1024  # texts whose hidden states are held at once


@dataclass(frozen=True)
class TextEncoder:
    """frozen: the backbone below the trained layers. model: the trained layers and the router."""

    frozen: Frozen
    model: BiEncoder

    def encode(self, texts: Sequence[str], *, side: Side = "document") -> npt.NDArray[np.float32]:
        """Unit vectors [N, E], each text under the depth that its router chooses.

        side: a query is cut at fewer tokens than a document, as it was in training.
        """
        if isinstance(texts, str):
            raise TypeError("texts is one string; give a list of strings: encode([text])")
        vectors = [
            embed(self.model, self.frozen.hidden(block, side=side), torch.arange(len(block)))[0]
            for block in (texts[start : start + BLOCK] for start in range(0, len(texts), BLOCK))
        ]
        empty = torch.empty(0, self.frozen.model.config.hidden_size)
        whole: npt.NDArray[np.float32] = torch.cat([empty, *vectors]).numpy()
        return whole


def build(
    system: Any,
    *,
    backbone: Backbone,
    top: Mapping[str, Tensor] | None = None,
    state: Mapping[str, Tensor] | None = None,
    seed: int = 0,
) -> TextEncoder:
    """A system's configuration and tensors -> its encoder.

    top: the tensors that training started from, unless given read from the backbone; InputError if
    the backbone is another now. state: what training made of them. seed: of what an untrained
    system draws.
    """
    frozen = Frozen.opened(backbone)
    own = frozen.top
    if top is not None and not _same(own, top):
        raise InputError(
            f"backbone {backbone.name!r}: its weights are not those that the run was made from; "
            "put them back, or run snakemake again"
        )
    torch.manual_seed(seed)
    model = assemble(system, top=own if top is None else top)
    if state is not None:
        model.load_state_dict(dict(state))
    return TextEncoder(frozen, model.eval())


def assemble(system: BaseModel, *, top: Mapping[str, Tensor]) -> BiEncoder:
    """The trained layers of a configured bi-encoder; draws from torch's generator."""
    return BiEncoder(
        top,
        attention=system.attention,  # type: ignore[attr-defined]
        router=system.router,  # type: ignore[attr-defined]
    )


def _same(own: Mapping[str, Tensor], top: Mapping[str, Tensor]) -> bool:
    return all(torch.equal(own[name], top[name]) for name in own.keys() & top.keys())
