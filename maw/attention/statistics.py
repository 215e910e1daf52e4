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

    q, k [B, H, L, h]; mask [B, L]. Some heads of a text at a time: scores stay in the cache.
    """
    found = []
    for b, n in enumerate(mask.sum(-1).tolist()):
        real = slice(None) if n == mask.shape[1] else mask[b]
        queries, keys = q[b][:, real] / q.shape[-1] ** 0.5, k[b][:, real].transpose(-1, -2)
        some = max(1, CACHED // n**2)
        parts = [
            len(part) * _means(part @ others)
            for part, others in zip(queries.split(some), keys.split(some), strict=True)
        ]
        found.append(torch.stack(parts).sum(0) / len(queries))
    return torch.stack(found)


def statistics_of_scores(scores: Tensor, *, mask: Tensor) -> Tensor:
    """The same from scores [B, H, L, L], −inf where a key does not count: a key of weight 0."""
    scores = scores.clamp_min(torch.finfo(scores.dtype).min / 2)  # 0 · −inf is no number
    return torch.stack(
        [_means(s[:, real][:, :, real]) for s, real in zip(scores, mask, strict=True)]
    )


def _means(scores: Tensor) -> Tensor:
    """scores [H, n, n] before the softmax -> means over heads and queries of what its rows are.

    Without gradient, and overwrites the scores.
    """
    n = scores.shape[-1]
    above = scores.sub_(scores.amax(-1, keepdim=True))
    raw = above.exp()
    total = raw.sum(-1)
    herfindahl = torch.linalg.vecdot(raw, raw) / total.square()
    entropy = total.log() - torch.linalg.vecdot(raw, above) / total
    largest = 1 / total  # the strongest key's raw weight is exp(0)
    centred = raw.sub_(total[..., None] / n)
    variance = torch.linalg.vecdot(centred, centred) / total.square() / n
    return torch.stack([part.mean() for part in (variance, largest, herfindahl, entropy)])


def stat_logits(statistics: Tensor, *, strength: float) -> Tensor:
    """statistics [B, D, 4] -> (1 + 10s)·score [B, D]; its softmax says how much a depth counts."""
    low, high = statistics.aminmax(dim=1, keepdim=True)
    span = high - low
    differ = span > EQUAL * high.abs()
    scaled = torch.where(differ, (statistics - low) / span.where(differ, 1), 0)
    return (1 + 10 * strength) * scaled @ scaled.new_tensor(WEIGHTS)
