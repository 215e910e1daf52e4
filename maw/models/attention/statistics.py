"""Which depth attends best, by what its attention looks like? No learning, the source's formula.

Per depth, averaged over heads and real queries: variance over keys, maximum, Herfindahl index and
entropy; each min-max normalised over depths; score = .5·var + .3·max + .2·HHI − .4·entropy.
"""

import torch
from torch import Tensor

WEIGHTS = (0.5, 0.3, 0.2, -0.4)  # variance, maximum, Herfindahl index, entropy
CACHED = 2**16  # scores at a time: with what is made of them they fit a core's megabyte
EQUAL = 1e-4  # relative: depths that differ by less may differ by rounding


def statistics_of(q: Tensor, k: Tensor, *, mask: Tensor) -> Tensor:
    """Of one depth's attention: [B, 4], in the order of WEIGHTS. Padding never counts.

    q, k [B, H, L, h]; mask [B, L].
    """
    return attended_statistics(q, k, None, mask=mask)[0]


def attended_statistics(
    q: Tensor, k: Tensor, v: Tensor | None, *, mask: Tensor
) -> tuple[Tensor, Tensor | None]:
    """`statistics_of`, and what this attention makes of v [B, H, L, h]: 0 for padding's queries.

    Scores are there already, so the output is had for one product. Without gradient. Some heads of
    a text at a time: scores stay in the cache.
    """
    found, outputs = [], None if v is None else torch.zeros_like(v)
    for b, n in enumerate(mask.sum(-1).tolist()):
        real = slice(None) if n == mask.shape[1] else mask[b]
        queries, keys = q[b][:, real] / q.shape[-1] ** 0.5, k[b][:, real].transpose(-1, -2)
        total, at_once = queries.new_zeros(4), max(1, CACHED // n**2)
        for start in range(0, len(queries), at_once):
            some = slice(start, start + at_once)
            scores = queries[some] @ keys[some]
            means, y = _means(scores, None if v is None else v[b, some][:, real])
            total += len(scores) * means
            if outputs is not None and y is not None:
                outputs[b, some][:, real] = y
        found.append(total / len(queries))
    return torch.stack(found), outputs


def statistics_of_scores(scores: Tensor, *, mask: Tensor) -> Tensor:
    """The same from scores [B, H, L, L], −inf where a key does not count: a key of weight 0."""
    scores = scores.clamp_min(torch.finfo(scores.dtype).min / 2)  # 0 · −inf is no number
    return torch.stack(
        [_means(s[:, real][:, :, real])[0] for s, real in zip(scores, mask, strict=True)]
    )


def _means(scores: Tensor, values: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
    """scores [H, n, n] before the softmax -> means over heads and queries of what its rows are.

    And the attended values, of values [H, n, h]. Without gradient, and overwrites the scores.
    """
    n = scores.shape[-1]
    above = scores.sub_(scores.amax(-1, keepdim=True))
    raw = above.exp()
    total = raw.sum(-1)
    y = None if values is None else raw @ values / total[..., None]
    entropy = total.log() - torch.linalg.vecdot(raw, above) / total
    largest = 1 / total  # the strongest key's raw weight is exp(0)
    centred = raw.sub_(total[..., None] / n)
    squares = torch.linalg.vecdot(centred, centred) / total.square()
    parts = (squares / n, largest, squares + 1 / n, entropy)  # Σp² = Σ(p - 1/n)² + 1/n
    return torch.stack([part.mean() for part in parts]), y


def stat_logits(statistics: Tensor, *, strength: float) -> Tensor:
    """statistics [B, D, 4] -> (1 + 10s)·score [B, D]; its softmax says how much a depth counts."""
    low, high = statistics.aminmax(dim=1, keepdim=True)
    span = high - low
    differ = span > EQUAL * high.abs()
    scaled = torch.where(differ, (statistics - low) / span.where(differ, 1), 0)
    return (1 + 10 * strength) * scaled @ scaled.new_tensor(WEIGHTS)
