"""The `stat` router scores depths by statistics of their attention; nothing is learned.

A depth has four statistics of its attention weights over keys: variance, maximum, Herfindahl index
Σp² and entropy, each a mean over heads and over the text's tokens (queries), without padding. Each
statistic is min-max normalised over the depths. A depth's score is .5·variance + .3·maximum +
.2·Herfindahl index − .4·entropy, as in the original MAW code.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

WEIGHTS = (0.5, 0.3, 0.2, -0.4)  # variance, maximum, Herfindahl index, entropy
CACHED = 2**16  # scores at a time: they and their intermediate results fit a core's megabyte
EQUAL = 1e-4  # relative: depths that differ by less may differ by rounding


@dataclass(frozen=True)
class DepthStatistics:
    """The `stat` router's logits for a batch of texts, and the depths' outputs where computed.

    logits [B, D]: how much each depth counts, before the softmax. depth_outputs: the attention's
    output [B, L, E] under each depth, 0 at padding; None where the outputs were not computed.
    """

    logits: Tensor
    depth_outputs: tuple[Tensor, ...] | None = None


def statistics_of(q: Tensor, k: Tensor, *, mask: Tensor) -> Tensor:
    """Return variance, maximum, Herfindahl index and entropy [B, 4] of one depth's attention.

    q, k [B, H, L, h]: the depth's queries and keys; the attention has no position scheme.
    mask [B, L], True = token. Padding never counts.
    """
    return attended_statistics(q, k, None, mask=mask)[0]


def attended_statistics(
    q: Tensor, k: Tensor, v: Tensor | None, *, mask: Tensor
) -> tuple[Tensor, Tensor | None]:
    """Return what `statistics_of` returns, and the attention's output for the values v.

    v and the output are [B, H, L, h]. The output needs only one more matrix product; it is 0 for
    queries that are padding, and None without v. A few heads of a text are computed at a time, so
    that their scores stay in the processor's cache. Call it under `torch.no_grad`.
    """
    statistics, outputs = [], None if v is None else torch.zeros_like(v)
    for b, n_tokens in enumerate(mask.sum(-1).tolist()):
        real = slice(None) if n_tokens == mask.shape[1] else mask[b]
        queries, keys = q[b][:, real] / q.shape[-1] ** 0.5, k[b][:, real].transpose(-1, -2)
        total, n_heads = queries.new_zeros(4), max(1, CACHED // n_tokens**2)
        for start in range(0, len(queries), n_heads):
            heads = slice(start, start + n_heads)
            scores = queries[heads] @ keys[heads]
            means, y = _means(scores, None if v is None else v[b, heads][:, real])
            total += len(scores) * means
            if outputs is not None and y is not None:
                outputs[b, heads][:, real] = y
        statistics.append(total / len(queries))
    return torch.stack(statistics), outputs


def statistics_of_scores(scores: Tensor, *, mask: Tensor) -> Tensor:
    """Return the statistics [B, 4] of attention with these scores [B, H, L, L] before the softmax.

    A score of −inf marks a key that does not count; its weight is 0. mask [B, L], True = token.
    """
    scores = scores.clamp_min(torch.finfo(scores.dtype).min / 2)  # 0 · −inf is not a number
    return torch.stack(
        [_means(s[:, real][:, :, real])[0] for s, real in zip(scores, mask, strict=True)]
    )


def _means(scores: Tensor, values: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
    """Return the means [4] of a text's statistics over heads and queries, and its output.

    scores [H, n, n]: before the softmax; they are overwritten, so that there is no gradient. values
    [H, n, h]; the output of the attention has their shape, and is None without values.
    """
    n = scores.shape[-1]
    shifted = scores.sub_(scores.amax(-1, keepdim=True))
    raw = shifted.exp()
    total = raw.sum(-1)
    y = None if values is None else raw @ values / total[..., None]
    entropy = total.log() - torch.linalg.vecdot(raw, shifted) / total
    largest = 1 / total  # the strongest key's raw weight is exp(0)
    centred = raw.sub_(total[..., None] / n)
    squares = torch.linalg.vecdot(centred, centred) / total.square()
    parts = (squares / n, largest, squares + 1 / n, entropy)  # Σp² = Σ(p - 1/n)² + 1/n
    return torch.stack([part.mean() for part in parts]), y


def stat_logits(statistics: Tensor, *, strength: float) -> Tensor:
    """Return the logits (1 + 10s)·score [B, D] of depths with these statistics [B, D, 4].

    The softmax of the logits says how much each depth counts. strength: s, the share of the depths
    in the attention's output. A statistic that differs between depths by rounding alone counts 0.
    """
    low, high = statistics.aminmax(dim=1, keepdim=True)
    span = high - low
    differ = span > EQUAL * high.abs()
    scaled = torch.where(differ, (statistics - low) / span.where(differ, 1), 0)
    return (1 + 10 * strength) * scaled @ scaled.new_tensor(WEIGHTS)
