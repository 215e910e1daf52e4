"""Pairs of a query and a document, tokenised as one text and encoded by the frozen layers."""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from maw.models.encoders.backbone_files import open_tokeniser
from maw.models.encoders.frozen import CPU, Frozen, encode
from maw.models.encoders.trunk import Trunk
from maw.settings.sections import Backbone


def tokenise_pairs(
    queries: Sequence[str], documents: Sequence[str], *, folder: Path, backbone: Backbone
) -> tuple[list[list[int]], list[list[int]]]:
    """Return the token ids of each pair, and which text (0 or 1) each token belongs to.

    Pairs are joined as the backbone's tokeniser joins two texts. Each text is cut by itself, so
    that a long query leaves room for the document (`room_of`).
    """
    tokenizer = open_tokeniser(folder)
    sides = ((queries, room_of(backbone, "query")), (documents, room_of(backbone, "document")))
    encoded = []
    for texts, max_tokens in sides:
        distinct = list(dict.fromkeys(texts))
        encodings = tokenizer.encode_batch(distinct, add_special_tokens=False)
        for encoding in encodings:
            encoding.truncate(max_tokens)
        by_text = dict(zip(distinct, encodings, strict=True))
        encoded.append([by_text[text] for text in texts])
    pairs = [tokenizer.post_process(q, d) for q, d in zip(*encoded, strict=True)]
    return [pair.ids for pair in pairs], [pair.type_ids for pair in pairs]


def room_of(backbone: Backbone, side: str) -> int:
    """Return how many tokens of a `query` or a `document` are read in a pair, without special ones.

    The special tokens of a pair, [CLS] and two [SEP], are taken from the limits of both texts.
    """
    if side == "query":
        return backbone.max_query_tokens - 2
    return backbone.max_document_tokens - 1


def compute_pair_trunk(
    queries: Sequence[str],
    documents: Sequence[str],
    *,
    backbone: Backbone,
    advance: Callable[[int], None],
    device: torch.device = CPU,
) -> Trunk:
    """Return the trunk of pairs (queries[n], documents[n]).

    It holds the hidden states that the frozen layers compute, and the tensors of the layers to
    train. The device computes the hidden states. advance: called with the number of pairs done
    since the last call.
    """
    frozen = Frozen.opened(backbone, device, for_pairs=True)
    tokens, segments = tokenise_pairs(queries, documents, folder=frozen.folder, backbone=backbone)
    return frozen.trunk(pairs=encode(frozen.model, tokens, advance=advance, segments=segments))
