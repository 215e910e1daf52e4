"""Which depth did a text choose, how surely, and where does the attention go under it?

Everything is of the first trained layer, whose attention a router can read; attention is averaged
over heads and the text's own tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.embedding import embed
from maw.models.encoders.ragged import Ragged
from maw.training.objectives.rewards import attention_entropy


@dataclass(frozen=True)
class Token:
    """A token as the tokeniser writes it; special ones were added by it."""

    text: str
    special: bool


@dataclass(frozen=True)
class Depth:
    """probability: under the router. entropy: over keys, as a share of its largest value.

    cosine: between the text's vector under this depth and under the chosen one.
    """

    number: int
    probability: float
    entropy: float
    cosine: float


@dataclass(frozen=True)
class Pair:
    """weight: how much of the query token's attention the key token gets, mean over heads."""

    query: Token
    key: Token
    weight: float


@dataclass(frozen=True)
class Inspection:
    """chosen: number of the chosen depth, None without depths. pairs, own_pairs: strongest first.

    own_pairs: between two different places of the text itself. to_special: share of all attention
    that special tokens get. n_cut: tokens beyond the limit.
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
        """Of the chosen depth, 1 without depths."""
        return self.depths[self.chosen or 0].probability


@torch.no_grad()
def inspect_text(
    model: BiEncoder, text: Ragged, *, tokens: Sequence[Token], n_pairs: int, n_cut: int = 0
) -> Inspection:
    """text: the hidden states [L, E] of one text, its L tokens beside it."""
    _, depth, _ = embed(model, text, torch.zeros(1, dtype=torch.int64))
    chosen, D = int(depth), model.depths
    x, mask = text.padded(torch.zeros(D, dtype=torch.int64))  # the text once per depth
    every = torch.arange(D)
    maps = model.first.maps(x, mask, every)  # [D, H, L, L]
    vectors = model(x, mask, every)  # [D, E]
    policy = model.route(x[:1], mask[:1]).softmax(-1)[0]
    spread = attention_entropy(maps[:, None], torch.ones(D, 1), mask[:1])[0]
    cosine = vectors @ vectors[chosen]
    attention = maps[chosen].mean(0)  # [L, L]
    special = torch.tensor([token.special for token in tokens])
    outside = special[:, None] | special | torch.eye(len(tokens), dtype=torch.bool)
    own = attention.masked_fill(outside, -1.0)
    return Inspection(
        tokens=tuple(tokens),
        chosen=chosen if D > 1 else None,
        depths=tuple(
            Depth(d, float(policy[d]), float(spread[d]), float(cosine[d])) for d in range(D)
        ),
        pairs=strongest(attention, tokens, n_pairs=n_pairs),
        own_pairs=strongest(own, tokens, n_pairs=min(n_pairs, int((own >= 0).sum()))),
        to_special=float(attention[:, special].sum() / len(tokens)),
        n_cut=n_cut,
    )


def strongest(attention: Tensor, tokens: Sequence[Token], *, n_pairs: int) -> tuple[Pair, ...]:
    """attention [L, L], rows are queries -> the n_pairs largest; of equals the earlier first."""
    order = torch.argsort(attention.flatten(), descending=True, stable=True)[:n_pairs]
    return tuple(
        Pair(tokens[place // len(tokens)], tokens[place % len(tokens)], float(weight))
        for place, weight in zip(order.tolist(), attention.flatten()[order], strict=True)
    )


def marked(ids: Sequence[int], *, tokenizer_file: str) -> list[Token]:
    """Token numbers -> what the tokeniser calls them."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(tokenizer_file)
    added = tokenizer.get_added_tokens_decoder()
    special = {number for number, token in added.items() if token.special}
    return [Token(str(tokenizer.id_to_token(number)), number in special) for number in ids]
