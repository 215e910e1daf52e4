"""What do the frozen layers make of a query and a document read together?"""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from maw.models.encoders.backbone import CPU, Frozen, encode
from maw.models.encoders.ragged import Ragged
from maw.settings.sections import Backbone

PAIR = "pair"


def tokenise_pairs(
    queries: Sequence[str], documents: Sequence[str], *, folder: Path, backbone: Backbone
) -> tuple[list[list[int]], list[list[int]]]:
    """Token numbers of each pair as the tokeniser joins two texts, and which text each is of.

    Each text is cut by itself, so that a long query leaves a document its place: at the most
    `max_query_tokens` and `max_document_tokens`, each less the one or two special tokens it brings.
    """
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    sides = (
        (queries, backbone.max_query_tokens - 2),
        (documents, backbone.max_document_tokens - 1),
    )
    parts = []
    for texts, most in sides:
        known = {}
        names = list(dict.fromkeys(texts))
        for text, cut in zip(
            names, tokenizer.encode_batch(names, add_special_tokens=False), strict=True
        ):
            cut.truncate(most)
            known[text] = cut
        parts.append([known[text] for text in texts])
    joined = [tokenizer.post_process(q, d) for q, d in zip(*parts, strict=True)]
    return [one.ids for one in joined], [one.type_ids for one in joined]


def trunk_of_pairs(
    queries: Sequence[str],
    documents: Sequence[str],
    *,
    backbone: Backbone,
    advance: Callable[[int], None],
    device: torch.device = CPU,
) -> dict[str, Tensor]:
    """Ragged hidden states of all pairs, computed on the device; the tensors of the top layers."""
    frozen = Frozen.opened(backbone, device)
    tokens, segments = tokenise_pairs(queries, documents, folder=frozen.folder, backbone=backbone)
    hidden, offsets = encode(frozen.model, tokens, advance=advance, segments=segments)
    return frozen.described() | {f"{PAIR}.hidden": hidden, f"{PAIR}.offsets": offsets}


def pairs_of(trunk: dict[str, Tensor]) -> Ragged:
    """Hidden states below the trained layers of all pairs."""
    return Ragged(trunk[f"{PAIR}.hidden"], trunk[f"{PAIR}.offsets"])
