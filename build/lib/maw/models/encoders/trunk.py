"""A trunk: the frozen layers' hidden states of texts, and the tensors of the layers to train.

A dataset, or a fold of it, has one trunk of single texts for all bi-encoders, and one of pairs for
all cross-encoders; all seeds share them. For a large collection, the trunk of single texts may hold
only the documents that training needs. This module alone knows the names of its tensors in a file:

    top.<name>                          tensors of the layers to train
    document.hidden, document.offsets   hidden states of all documents; `query.`, `pair.` likewise
    document.rows                       rows of the collection that are kept, where not all are
    frozen_parameters                   number of parameters below the trained layers
    commit                              20 bytes, the commit of a model of the hub
    last<k>.<any of the above>          the same tensors for systems that train k layers instead,
                                        or `all` of them
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from maw.models.encoders.ragged import Ragged
from maw.settings.sections import TrainedLayers

SIDES = {"documents": "document", "queries": "query", "pairs": "pair"}  # field -> name in the file
ROWS, FROZEN, COMMIT, TOP = "document.rows", "frozen_parameters", "commit", "top."


def prefix_of(trained_layers: TrainedLayers | None) -> str:
    """Return the prefix of tensors' names for systems that train so many layers: 2 -> `last2.`.

    The prefix is empty for None, which means as many layers as the backbone's section says.
    """
    return "" if trained_layers is None else f"last{trained_layers}."


@dataclass(frozen=True)
class Trunk:
    """Outputs of the frozen layers for single texts (documents and queries), or for pairs.

    top: pretrained tensors of the layers to train, as `maw.models.encoders.cutting` names them.
    document_rows: rows of the collection that `documents` holds, None for all. frozen_parameters:
    number of parameters below the trained layers. commit: of a model of the hub, in hexadecimal
    digits; None for other models. levels: number of trained layers -> the trunk of the systems that
    train as many, for each number that is not the one in the backbone's section.
    """

    top: Mapping[str, Tensor]
    documents: Ragged | None = None
    queries: Ragged | None = None
    pairs: Ragged | None = None
    document_rows: Tensor | None = None
    frozen_parameters: int | None = None
    commit: str | None = None
    levels: Mapping[TrainedLayers, "Trunk"] = field(default_factory=dict)

    def level(self, trained_layers: TrainedLayers | None) -> "Trunk":
        """Return the trunk of the systems that train `trained_layers` layers.

        trained_layers: None for as many as the backbone's section says. ValueError where no trunk
        was computed for this number.
        """
        if trained_layers is None:
            return self
        if trained_layers not in self.levels:
            raise ValueError(
                f"the trunk has no hidden states for {trained_layers} trained layers; "
                "compute it again with a system that trains so many"
            )
        return self.levels[trained_layers]

    def texts(self, side: str) -> Ragged:
        """Return the hidden states of all texts of a kind; side is `query`, `document` or `pair`.

        ValueError where the trunk has none.
        """
        texts = {"document": self.documents, "query": self.queries, "pair": self.pairs}[side]
        if texts is None:
            raise ValueError(
                f"the trunk has no hidden states of the kind {side!r}; give a trunk that has them"
            )
        return texts

    def with_level(self, trained_layers: TrainedLayers, trunk: "Trunk") -> "Trunk":
        """Return a copy with `trunk` for the systems that train `trained_layers` layers."""
        return replace(self, levels={**self.levels, trained_layers: trunk})

    def with_queries(self, queries: Ragged, trained_layers: TrainedLayers | None) -> "Trunk":
        """Return the trunk with other queries for systems that train `trained_layers` layers.

        trained_layers, ValueError: as in `level`.
        """
        level = replace(self.level(trained_layers), queries=queries)
        return level if trained_layers is None else self.with_level(trained_layers, level)

    def tensors(self) -> dict[str, Tensor]:
        """Return the tensors by their names in a file; `from_tensors` is the inverse."""
        tensors = {f"{TOP}{name}": tensor for name, tensor in self.top.items()}
        if self.commit is not None:
            tensors[COMMIT] = torch.tensor(list(bytes.fromhex(self.commit)), dtype=torch.uint8)
        if self.frozen_parameters is not None:
            tensors[FROZEN] = torch.tensor(self.frozen_parameters)
        for attribute, side in SIDES.items():
            texts: Ragged | None = getattr(self, attribute)
            if texts is not None:
                tensors |= {f"{side}.hidden": texts.hidden, f"{side}.offsets": texts.offsets}
        for k, trunk in self.levels.items():
            tensors |= {f"{prefix_of(k)}{name}": t for name, t in trunk.tensors().items()}
        if self.document_rows is not None:
            tensors[ROWS] = self.document_rows
        return tensors

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> "Trunk":
        """Return the trunk that a file's tensors make up, by name: the inverse of `tensors`."""
        own: dict[str, Tensor] = {}
        levels: dict[TrainedLayers, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            if (match := re.match(r"last(\d+|all)\.", name)) is None:
                own[name] = tensor
            else:
                number: TrainedLayers = "all" if match[1] == "all" else int(match[1])
                levels.setdefault(number, {})[name[match.end() :]] = tensor
        return cls(
            top={n.removeprefix(TOP): t for n, t in own.items() if n.startswith(TOP)},
            documents=_ragged(own, "document"),
            queries=_ragged(own, "query"),
            pairs=_ragged(own, "pair"),
            document_rows=own.get(ROWS),
            frozen_parameters=int(own[FROZEN]) if FROZEN in own else None,
            commit=bytes(own[COMMIT].tolist()).hex() if COMMIT in own else None,
            levels={k: cls.from_tensors(level) for k, level in levels.items()},
        )


def _ragged(tensors: Mapping[str, Tensor], side: str) -> Ragged | None:
    if f"{side}.hidden" not in tensors:
        return None
    return Ragged(tensors[f"{side}.hidden"], tensors[f"{side}.offsets"])
