"""The depth that a router chose for a text, its probability, and the attention under this depth.

`maw inspect` shows them, and so does the report, for a few test queries. The attention and its
entropy are those of the first trained layer, because it is the only layer whose attention a router
can read; vectors are the whole model's. Attention is averaged over heads. Where a router mixes all
depths, the depth of the largest weight is shown as the chosen one, and its weight as the
probability.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from maw.models.attention.plain import require_matrices
from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.embedding import embed, policies
from maw.models.encoders.ragged import Ragged
from maw.models.encoders.routed_layers import RoutedLayers
from maw.training.objectives.rewards import attention_entropy


@dataclass(frozen=True)
class Token:
    """A token as the tokeniser writes it; special: True for tokens such as [CLS]."""

    text: str
    special: bool


@dataclass(frozen=True)
class Depth:
    """One depth of the attention for one text.

    number: 0 to D-1. probability: that of the depth under the router. entropy: of the attention
    over keys, averaged over heads and tokens, as a share of its largest value. cosine: between the
    text's vector under this depth and its vector under the chosen depth.
    """

    number: int
    probability: float
    entropy: float
    cosine: float


@dataclass(frozen=True)
class Pair:
    """A query token, a key token, and the attention from the first to the second.

    weight: the share of the query token's attention that the key token gets, averaged over heads.
    """

    query: Token
    key: Token
    weight: float


@dataclass(frozen=True)
class Inspection:
    """The depths and the strongest token pairs of one text.

    chosen: number of the chosen depth, None for a system with one depth. pairs: the pairs with the
    most attention under the chosen depth, strongest first; own_pairs: likewise, but only pairs of
    two different positions whose tokens are not special. to_special: share of all attention that
    special tokens get as keys. n_cut: number of tokens that were cut off because the text is too
    long for the model.
    """

    tokens: tuple[Token, ...]
    chosen: int | None
    depths: tuple[Depth, ...]
    pairs: tuple[Pair, ...]
    own_pairs: tuple[Pair, ...]
    to_special: float
    n_cut: int = 0

    @property
    def probability(self) -> float:
        """The router's probability of the chosen depth; 1 for a system with one depth."""
        return self.depths[self.chosen or 0].probability


@dataclass(frozen=True, eq=False)
class EveryDepth:
    """One text or pair under every depth in turn.

    x [D, L, E], mask [D, L]: the text once for each depth. maps [D, H, L, L]: the attention of the
    first trained layer; rows are query tokens, columns are key tokens. policy [D]: the router's
    probability, or weight, of each depth.
    """

    x: Tensor
    mask: Tensor
    maps: Tensor
    policy: Tensor

    @property
    def received(self) -> Tensor:
        """Return the share of the attention that each token gets as a key [D, L].

        It is a mean over heads and over all tokens that attend; each depth's shares sum to 1.
        """
        return self.maps.mean((1, 2))


@torch.no_grad()
def under_every_depth(model: RoutedLayers, texts: Ragged, row: int = 0) -> EveryDepth:
    """Return the text (or pair) `row` of texts under every depth; texts: hidden states [T, E].

    The hidden states are those below the trained layers.
    """
    require_matrices(model.first, reader="this view")
    policy = policies(model, texts, torch.tensor([row]))[0]
    D = model.n_depths
    x, mask = texts.padded(torch.full((D,), row))
    maps = model.first.maps(x, mask, torch.arange(D))
    return EveryDepth(x, mask, maps, policy)


@torch.no_grad()
def inspect_text(
    model: BiEncoder, text: Ragged, *, tokens: Sequence[Token], n_pairs: int, n_cut: int = 0
) -> Inspection:
    """Return the depths and token pairs of one text.

    text: the hidden states [L, E] of this text, below the trained layers; tokens: its L tokens. At
    most n_pairs pairs are returned in `pairs`, and at most as many in `own_pairs`. n_cut: number of
    tokens that were cut off.
    """
    _, depth, _ = embed(model, text, torch.zeros(1, dtype=torch.int64))
    chosen, D = int(depth), model.n_depths
    every = under_every_depth(model, text)
    vectors = model(every.x, every.mask, torch.arange(D))  # [D, E]
    spread = attention_entropy(every.maps[:, None], torch.ones(D, 1), every.mask[:1])[0]
    cosine = vectors @ vectors[chosen]
    attention = every.maps[chosen].mean(0)  # [L, L]
    special = torch.tensor([token.special for token in tokens])
    not_own = special[:, None] | special | torch.eye(len(tokens), dtype=torch.bool)
    own = attention.masked_fill(not_own, -1.0)
    return Inspection(
        tokens=tuple(tokens),
        chosen=chosen if D > 1 else None,
        depths=tuple(
            Depth(d, float(every.policy[d]), float(spread[d]), float(cosine[d])) for d in range(D)
        ),
        pairs=strongest(attention, tokens, n_pairs=n_pairs),
        own_pairs=strongest(own, tokens, n_pairs=min(n_pairs, int((own >= 0).sum()))),
        to_special=float(attention[:, special].sum() / len(tokens)),
        n_cut=n_cut,
    )


def strongest(attention: Tensor, tokens: Sequence[Token], *, n_pairs: int) -> tuple[Pair, ...]:
    """Return the n_pairs token pairs with the largest weights in attention [L, L].

    Rows are query tokens, columns are key tokens. Pairs of equal weight stay in their order.
    """
    order = torch.argsort(attention.flatten(), descending=True, stable=True)[:n_pairs]
    return tuple(
        Pair(tokens[position // len(tokens)], tokens[position % len(tokens)], float(weight))
        for position, weight in zip(order.tolist(), attention.flatten()[order], strict=True)
    )


def tokens_of(ids: Sequence[int], *, tokenizer: Any) -> list[Token]:
    """Return the `Token` of each token number in `ids`. tokenizer: a `tokenizers.Tokenizer`."""
    added_tokens = tokenizer.get_added_tokens_decoder()
    special = {number for number, token in added_tokens.items() if token.special}
    return [Token(str(tokenizer.id_to_token(number)), number in special) for number in ids]
